/**
 * Everything that a process reads, and everything that it writes.
 *
 * @module
 */
import { coroutine } from "../core/coroutine.ts";
import { isCancelled, OSError, RuntimeError } from "../core/errors.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { checkBytes } from "../io/reader_state.ts";
import type { StreamReader } from "../io/stream_reader.ts";
import type { StreamWriter } from "../io/stream_writer.ts";
import type { TransportWriter } from "../net/transport_writer.ts";
import type { ChildProcess } from "./child_process.ts";

/** What was read from stdout and stderr; null for what is no pipe. */
export type Output = [stdout: Uint8Array | null, stderr: Uint8Array | null];

/** Refuses input that cannot be given. */
export function checkInput(process: ChildProcess, input: unknown): asserts input is Uint8Array | null {
  if (input === null) return;
  checkBytes(input, "communicate");
  if (process.stdin !== null) return;
  throw new RuntimeError(`Cannot give input to ${process}: its stdin is no pipe. Start it with { stdin: PIPE }.`);
}

/** `process.communicate()`. */
export const communicate = /* @__PURE__ */ coroutine(function* communicate(
  process: ChildProcess,
  input: Uint8Array | null,
): Coroutine<Output> {
  const { stdout, stderr } = process;
  const stdin = process.stdin as TransportWriter | null;
  const loop = process.transport.loop;
  // What can be done in this task is: most processes need no other.
  let feeding: Task<void> | null = null;
  let complaints: Task<Uint8Array> | null = null;
  try {
    if (stdin !== null) {
      if (input !== null) stdin.write(input);
      if (stdin.protocol.paused) feeding = loop.createTask(drain(stdin));
      else stdin.close();
    }
    if (stdout !== null && stderr !== null) complaints = loop.createTask(readAll(process, 2, stderr));
    const first = stdout ?? stderr;
    const read = first === null ? null : yield* readAll(process, first === stdout ? 1 : 2, first);
    const rest = complaints === null ? null : yield* complaints;
    if (feeding !== null) yield* feeding;
    yield* process.wait();
    return stdout === null ? [null, read] : [read, rest];
  } catch (error) {
    feeding?.cancel();
    complaints?.cancel();
    if (isCancelled(error)) yield* process.endInOrder();
    throw error;
  }
});

/** A process that does not read everything, or has ended, is no failure. */
const drain = /* @__PURE__ */ coroutine(function* drainStdin(stdin: StreamWriter): Coroutine<void> {
  try {
    yield* stdin.drain();
  } catch (error) {
    if (!(error instanceof OSError) || !["EPIPE", "ECONNRESET"].includes(error.code)) throw error;
  }
  stdin.close();
});

const readAll = /* @__PURE__ */ coroutine(
  function* readOutput(process: ChildProcess, fd: number, reader: StreamReader): Coroutine<Uint8Array> {
    const data = yield* reader.read();
    process.transport.getPipeTransport(fd)?.close();
    return data;
  },
);
