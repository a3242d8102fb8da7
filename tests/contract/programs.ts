/**
 * Programs on real sockets, once on each adapter.
 *
 * @module
 */
import type { Adapter } from "../../src/adapters/adapter.ts";
import {
  type Coroutine,
  createTask,
  EventLoop,
  type ExceptionContext,
  type LazyAwaitable,
  run,
  type Server,
  sleep,
  type StreamReader,
  type StreamWriter,
  type Task,
  type TaskSource,
} from "../../mod.ts";
import { SimulatedNetwork } from "../../src/testing/mod.ts";
import { REAL_ADAPTERS } from "./hosts.ts";
import { PATIENCE, within } from "../within.ts";

export { REAL_ADAPTERS } from "./hosts.ts";
export { bytes, text } from "../text.ts";

/** Every adapter with sockets of the system, and a host of a simulated network. */
export const ADAPTERS: readonly Adapter[] = [...REAL_ADAPTERS, new SimulatedNetwork({ seed: 2 }).main.adapter];

/** Whether its sockets are those of the system, with its files and real certificates. */
export function isReal(adapter: Adapter): boolean {
  return REAL_ADAPTERS.includes(adapter);
}

/** Runs a program. Whatever is told to the exception handler fails the test, unless it is listened to. */
export async function play<T>(adapter: Adapter, main: TaskSource<T>, reports: ExceptionContext[] = []): Promise<T> {
  const expected = arguments.length > 2;
  const loopFactory = (): EventLoop => {
    const loop = new EventLoop({ adapter });
    loop.setExceptionHandler((_loop, context) => void reports.push(context));
    return loop;
  };
  const result = await within(run(main, { loopFactory }), `the end of a program on ${adapter.name}`);
  if (!expected && reports.length > 0) {
    throw new Error(`Reported: ${reports[0]!.message}`, { cause: reports[0]!.exception });
  }
  return result;
}

/** What an awaitable throws. */
export function* failure(awaitable: LazyAwaitable<unknown> | Task<unknown>): Coroutine<unknown> {
  try {
    yield* awaitable as LazyAwaitable<unknown>;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}

/** Waits until it is so, but not for ever. */
export function* until(isSo: () => boolean, what: string): Coroutine<void> {
  const end = performance.now() + PATIENCE;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}.`);
    yield* sleep(1);
  }
}

/** Waits for an awaitable, however it ends. */
export function* settled(awaitable: LazyAwaitable<unknown> | Task<unknown>): Coroutine<void> {
  try {
    yield* awaitable as LazyAwaitable<unknown>;
    // deno-lint-ignore asyncio/no-swallowed-cancel
  } catch {
    // Whoever asks looks at what became of it elsewhere.
  }
}

/** Sends back everything, up to the end. */
export function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const data = yield* reader.read(65_536);
    if (data.length === 0) break;
    writer.write(data);
    yield* writer.drain();
  }
  writer.close();
}

/** Closes a connection and then the server, and waits for both. */
export function* closeBoth(writer: StreamWriter, server: Server): Coroutine<void> {
  writer.close();
  yield* writer.waitClosed();
  server.close();
  yield* server.waitClosed();
}

/** Sends a pattern to an echo in so many parts, reads it at once, and gives what was sent and what came. */
export function* exchange(
  [reader, writer]: readonly [StreamReader, StreamWriter],
  parts: number,
  size: number,
): Coroutine<[sent: Pattern, received: Pattern]> {
  const [sent, received] = [new Pattern(9), new Pattern()];
  const writing = createTask(function* () {
    for (let i = 0; i < parts; i++) {
      writer.write(sent.make(size));
      yield* writer.drain();
    }
  });
  while (received.length < parts * size) received.take(yield* reader.read(65_536));
  yield* writing;
  return [sent, received];
}

/** Bytes that do not repeat soon, so that what is lost, doubled or exchanged shows. */
export class Pattern {
  #state: number;
  /** The checksum of all that was made or taken. */
  sum = 0;
  /** How many bytes that were. */
  length = 0;

  constructor(seed = 1) {
    this.#state = seed;
  }

  /** The next bytes. */
  make(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let state = this.#state;
    for (let i = 0; i < length; i++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      bytes[i] = state >>> 24;
    }
    this.#state = state;
    this.take(bytes);
    return bytes;
  }

  /** Adds bytes to the checksum. */
  take(bytes: Uint8Array): void {
    let sum = this.sum;
    for (let i = 0; i < bytes.length; i++) sum = (Math.imul(sum, 31) + (bytes[i] as number)) >>> 0;
    this.sum = sum;
    this.length += bytes.length;
  }
}
