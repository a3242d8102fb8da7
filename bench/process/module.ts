/**
 * The same with this module. All of it runs on one loop, as a program's work does.
 *
 * @module
 */
import { type Coroutine, createSubprocessExec, DEVNULL, PIPE, Runner } from "../../mod.ts";
import type { Way } from "./bare.ts";

const runner = new Runner();

function* talk(input: Uint8Array, times: number): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const process = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: PIPE, stderr: PIPE });
    const [stdout, stderr] = yield* process.communicate(input);
    sum += (yield* process.wait()) + stdout.length + stderr.length;
  }
  return sum;
}

function* wait(times: number): Coroutine<number> {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const process = yield* createSubprocessExec("true", [], { stdin: DEVNULL, stdout: DEVNULL, stderr: DEVNULL });
    sum += yield* process.wait();
  }
  return sum;
}

function* read(bytes: number): Coroutine<number> {
  const process = yield* createSubprocessExec("head", ["-c", `${bytes}`, "/dev/zero"], { stdout: PIPE });
  let length = 0;
  for (;;) {
    const chunk = yield* process.stdout.read(1 << 20);
    if (chunk.length === 0) break;
    length += chunk.length;
  }
  yield* process.wait();
  return length;
}

function* write(piece: Uint8Array, times: number): Coroutine<number> {
  const process = yield* createSubprocessExec("cat", [], { stdin: PIPE, stdout: DEVNULL });
  for (let i = 0; i < times; i++) {
    process.stdin.write(piece);
    yield* process.stdin.drain();
  }
  process.stdin.close();
  return yield* process.wait();
}

/** By `createSubprocessExec()`. */
export const byModule: Way = {
  talk: (input, times) => runner.run(talk(input, times)),
  wait: (times) => runner.run(wait(times)),
  read: (bytes) => runner.run(read(bytes)),
  write: (piece, times) => runner.run(write(piece, times)),
};

/** Closes the loop. */
export function close(): Promise<void> {
  return runner.close();
}
