/**
 * Everything that a process is told, and everything that it says.
 *
 * @module
 */
import { isCancelled } from "../core/cancelled_error.ts";
import { coroutine } from "../core/coroutine.ts";
import { OSError, RuntimeError } from "../core/errors.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { checkBytes } from "../net/bytes.ts";
import type { StreamReader } from "../net/stream_reader.ts";
import type { StreamWriter } from "../net/stream_writer.ts";
import { gather } from "../tasks/gather.ts";
import type { Process } from "./process.ts";

/** What stdout and stderr gave; null for what is no pipe. */
export type Output = [stdout: Uint8Array | null, stderr: Uint8Array | null];

/** Refuses input that cannot be given. */
export function checkInput(process: Process, input: unknown): asserts input is Uint8Array | null {
  if (input === null) return;
  checkBytes(input, "communicate");
  if (process.stdin !== null) return;
  throw new RuntimeError(`Cannot give input to ${process}: its stdin is no pipe. Start it with { stdin: PIPE }.`);
}

/** `process.communicate()`. */
export const communicate = coroutine(function* communicate(
  process: Process,
  input: Uint8Array | null,
): Coroutine<Output> {
  const { stdin, stdout, stderr } = process;
  const loop = process._transport._loop;
  const tasks: Task<unknown>[] = [];
  try {
    const results: Output = [null, null];
    if (stdin !== null) tasks.push(loop.createTask(feed(stdin, input)));
    for (const [place, reader] of [stdout, stderr].entries()) {
      if (reader !== null) tasks.push(loop.createTask(readAll(process, place, reader, results)));
    }
    yield* gather(tasks);
    yield* process.wait();
    return results;
  } catch (error) {
    for (const task of tasks) task.cancel();
    if (isCancelled(error)) yield* process._end();
    throw error;
  }
});

/** A process that does not read everything, or has ended, is no failure. */
const feed = coroutine(function* feedStdin(stdin: StreamWriter, input: Uint8Array | null): Coroutine<void> {
  try {
    if (input !== null) {
      stdin.write(input);
      yield* stdin.drain();
    }
  } catch (error) {
    if (!(error instanceof OSError) || !["EPIPE", "ECONNRESET"].includes(error.code)) throw error;
  }
  stdin.close();
});

const readAll = coroutine(function* readOutput(
  process: Process,
  place: number,
  reader: StreamReader,
  results: Output,
): Coroutine<void> {
  results[place] = yield* reader.read();
  process._transport.getPipeTransport(place + 1)?.close();
});
