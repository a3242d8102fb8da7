/**
 * Whether streams keep to the contract of `StreamReader` and `StreamWriter`.
 *
 * @module
 */
import type { TaskSource } from "../core/coroutine.ts";
import { isCancelled, OSError, RuntimeError } from "../core/errors.ts";
import { createTask } from "../core/running.ts";
import type { Task } from "../core/task.ts";
import { gather } from "../tasks/gather.ts";
import { sleep } from "../tasks/sleep.ts";
import {
  A_WHILE,
  checkPattern,
  type ContractOptions,
  type ContractResult,
  fault,
  MANY,
  PART,
  patternOf,
  runChecks,
} from "./contract_check.ts";
import { ignoreLoss, Pair, type Side, type StreamSide } from "./stream_sides.ts";

export type { ReadingSide, StreamSide, WritingSide } from "./stream_sides.ts";

/**
 * Makes two sides that are connected. It is called once for each check, inside of a running loop.
 *
 * @category Tests
 */
export type MakeStreamPair = () => ReturnType<
  Extract<TaskSource<readonly [one: StreamSide, other: StreamSide]>, (...args: never) => unknown>
>;

const WHERE = "checkStreamPair()";

/**
 * Checks whether a pair of streams does what streams do: bytes come in order and none is lost, writing is held up while nobody reads, ends are seen, closing
 * ends whoever waits, what is cancelled loses nothing, and two calls at once are refused or both served. For streams of one's own: what encrypts,
 * compresses or speaks a protocol on top of others.
 *
 * Each check runs on a loop of its own, as by {@linkcode testLoop}: on virtual time, and nothing may be left behind. `network` gives it a
 * {@linkcode SimulatedNetwork}, a new one each by a function; `realTime: true` the sockets of the runtime.
 *
 * @param make makes two connected sides, each a reader and a writer; a generator or async function
 * @returns what was checked
 * @throws {ContractError} if they do not keep to the contract; it says which check has failed and what was wrong
 * @throws {TypeError} if `make` is not a function, or an option is unknown or of the wrong type
 * @throws {RuntimeError} inside of a running loop
 *
 * @example The streams of this module
 * ```ts
 * import { openConnection, Queue, startServer, type StreamReader, type StreamWriter } from "@loop/asyncio";
 * import { checkStreamPair, SimulatedNetwork } from "@loop/asyncio/testing";
 *
 * await checkStreamPair(async () => {
 *   const clients = new Queue<readonly [StreamReader, StreamWriter]>();
 *   const server = await startServer((...client) => clients.putNowait(client), "127.0.0.1", 0);
 *   const one = await openConnection("127.0.0.1", server.port);
 *   const other = await clients.get();
 *   server.close();
 *   return [one, other] as const;
 * }, { network: (seed) => new SimulatedNetwork({ seed }) });
 * ```
 *
 * @category Tests
 */
export async function checkStreamPair(make: MakeStreamPair, options: ContractOptions = {}): Promise<ContractResult> {
  const pair = async (): Promise<Pair> =>
    new Pair(await createTask(make as TaskSource<readonly [StreamSide, StreamSide]>));
  return await runChecks(WHERE, make, CHECKS, async (check) => {
    const made = await pair();
    for (const swapped of [false, true]) {
      const sides = swapped ? await pair() : made;
      if (swapped) await check(sides.other, sides.one);
      else await check(sides.one, sides.other);
      await sides.close();
    }
  }, options);
}

/** Starts reading in a task of its own, and lets it come to wait. */
async function parkedRead(side: Side, count = 100): Promise<{ readonly reading: Task<Uint8Array> }> {
  const reading = createTask(async () => await side.reader.read(count));
  await sleep(A_WHILE);
  if (reading.done()) fault(`read() has returned ${(await reading).length} bytes, and nothing was sent`);
  return { reading };
}

/** Waits for what has to end, in whatever way but a cancel. */
async function ends(task: Task<unknown>): Promise<unknown> {
  try {
    return await task;
  } catch (error) {
    if (isCancelled(error)) fault("what waited was cancelled, and nobody has cancelled it", error);
    if (!(error instanceof OSError || error instanceof RuntimeError)) throw error;
    return error;
  }
}

const CHECKS: Readonly<Record<string, (one: Side, other: Side) => Promise<void>>> = {
  "bytes come, both ways": async (one, other) => {
    await one.send(5);
    await other.receive(5);
    await other.send(7);
    await one.receive(7);
  },
  "an empty array sends nothing, and is no end": async (one, other) => {
    one.writer.write(new Uint8Array(0));
    await one.writer.drain();
    const { reading } = await parkedRead(other);
    one.writer.write(patternOf(3));
    const bytes = await reading;
    if (bytes.length === 0) fault("an empty array was taken for the end");
    checkPattern(bytes, 0, "what was read");
    await other.receive(3 - bytes.length, bytes.length);
  },
  "many bytes come in order, both ways at once": async (one, other) => {
    await gather([
      () => one.send(MANY),
      () => other.send(MANY),
      () => one.receive(MANY),
      () => other.receive(MANY),
    ]);
  },
  "bytes that were written may be changed afterwards": async (one, other) => {
    const bytes = patternOf(PART);
    one.writer.write(bytes.slice());
    await one.writer.drain();
    await other.receive(PART);
    // What was read is the reader's own.
    one.writer.write(patternOf(10));
    const first = await other.reader.read(10);
    const copy = first.slice();
    one.writer.write(patternOf(PART, 10));
    await other.receive(10 - copy.length, copy.length);
    await other.receive(PART, 10);
    if (first.some((byte, i) => byte !== copy[i])) fault("what read() has returned was changed by what came later");
  },
  "all that was written comes before the end": async (one, other) => {
    const sending = createTask(async () => {
      await one.send(MANY);
      one.writer.close();
      await one.writer.waitClosed();
    });
    await other.receive(MANY);
    await other.receiveEnd();
    other.writer.close();
    await sending;
  },
  "one side can end, and the other goes on": async (one, other) => {
    if (one.writer.canWriteEof?.() !== true) return;
    await one.send(10);
    one.writer.writeEof!();
    await other.receive(10);
    await other.receiveEnd();
    await gather([() => other.send(100_000), () => one.receive(100_000)]);
    other.writer.close();
    await one.receiveEnd();
  },
  "the other side's end wakes who reads": async (one, other) => {
    const { reading } = await parkedRead(other);
    one.writer.close();
    const bytes = await reading;
    if (bytes.length > 0) fault(`${bytes.length} bytes came in the place of the end`);
  },
  "closing ends a read of one's own": async (one) => {
    const { reading } = await parkedRead(one);
    one.writer.close();
    await ends(reading);
  },
  "closing twice is harmless, and waitClosed() ends each time": async (one, other) => {
    const closing = createTask(async () => void await other.writer.waitClosed().then(undefined, ignoreLoss));
    one.writer.close();
    one.writer.close();
    other.writer.close();
    await gather([
      async () => void await one.writer.waitClosed().then(undefined, ignoreLoss),
      async () => void await one.writer.waitClosed().then(undefined, ignoreLoss),
    ]);
    await closing;
  },
  "what is written after close() is refused, or dropped": async (one, other) => {
    one.writer.write(patternOf(3));
    one.writer.close();
    try {
      one.writer.write(patternOf(3));
    } catch (error) {
      if (!(error instanceof Error)) fault("write() has thrown what is no Error", error);
    }
    await other.receive(3);
    await other.receiveEnd();
  },
  "a read that is cancelled loses nothing": async (one, other) => {
    const { reading } = await parkedRead(other);
    reading.cancel();
    await reading.then(() => fault("a cancelled read has returned"), (error) => {
      if (!isCancelled(error)) throw error;
    });
    await one.send(10);
    await other.receive(10);
    // Cancelled when the bytes are there already.
    const { reading: late } = await parkedRead(other, 10);
    one.writer.write(patternOf(10));
    const watching = createTask(async () => {
      while (!late.done()) {
        late.cancel();
        await sleep(0);
      }
    });
    const got = await late.then((bytes) => bytes, (error) => {
      if (!isCancelled(error)) throw error;
      return new Uint8Array(0);
    });
    await watching;
    await other.receive(10 - got.length, got.length);
  },
  "two reads at once are refused, or both served": async (one, other) => {
    const { reading: first } = await parkedRead(other, 1);
    const second = createTask(async () => await other.reader.read(1));
    await sleep(0);
    if (second.done()) {
      const error = await second.then(() => null, (error: unknown) => error);
      if (error === null) fault("the second of two reads has returned, and nothing was sent");
      if (!(error instanceof Error)) fault("the second of two reads has thrown what is no Error", error);
      one.writer.write(patternOf(1));
      checkPattern(await first, 0, "the first of two reads");
      return;
    }
    one.writer.write(patternOf(2));
    const [a, b] = [await first, await second];
    if (a.length !== 1 || b.length !== 1) fault(`two reads at once have returned ${a.length} and ${b.length} bytes`);
    const sum = a[0]! + b[0]!;
    if (sum !== patternOf(2)[0]! + patternOf(2)[1]!) fault("two reads at once have returned the same byte");
  },
  "clogged, writing is held up, and goes on when somebody reads": async (one, other) => {
    const { length, draining } = await one.clog();
    await other.receive(length);
    await draining;
    await one.send(10, length);
    await other.receive(10, length);
  },
  "clogged, two may wait for drain()": async (one, other) => {
    const { length, draining } = await one.clog();
    const second = createTask(async () => void await one.writer.drain());
    await other.receive(length);
    await ends(draining);
    await ends(second);
  },
  "clogged, the other way is free": async (one, other) => {
    const { length, draining } = await one.clog();
    await other.send(1_000);
    await one.receive(1_000);
    await other.receive(length);
    await draining;
  },
  "clogged, a drain() that is cancelled loses nothing": async (one, other) => {
    const { length, draining } = await one.clog();
    draining.cancel();
    await draining.then(() => fault("a cancelled drain() has returned"), (error) => {
      if (!isCancelled(error)) throw error;
    });
    await other.receive(length);
  },
  "clogged, closing sends all that was written, and ends who waits for drain()": async (one, other) => {
    const { length, draining } = await one.clog();
    one.writer.close();
    await sleep(A_WHILE);
    await other.receive(length);
    await ends(draining);
    await other.receiveEnd();
  },
};
