/**
 * Whether transports keep to the contract between transports and protocols.
 *
 * @module
 */
import type { TaskSource } from "../core/coroutine.ts";
import { createTask } from "../core/running.ts";
import { type BaseProtocol, Protocol } from "../io/protocols.ts";
import type { Transport } from "../io/transports.ts";
import { sleep } from "../tasks/sleep.ts";
import {
  A_WHILE,
  checkPattern,
  type ContractOptions,
  type ContractResult,
  fault,
  MANY,
  MAX_BUFFERED,
  PART,
  patternOf,
  runChecks,
} from "./contract_check.ts";

/**
 * Connects two protocols by transports, of which each is given to its protocol by `connectionMade()`. It is called once for each check, inside of a
 * running loop.
 *
 * @category Tests
 */
export type MakeTransportPair = (
  one: Protocol,
  other: Protocol,
) => ReturnType<Extract<TaskSource<unknown>, (...args: never) => unknown>>;

const WHERE = "checkTransport()";

/**
 * Checks whether a pair of transports does what protocols rely on: `connectionMade()` comes first, `connectionLost()` last and once, bytes in order, `eofReceived()`
 * once and after them; nothing comes while reading is paused; a protocol is told to pause writing and to resume; closing sends what was written, aborting
 * does not wait. For transports of one's own, such as those that a protocol offers to another one on top of it.
 *
 * Each check runs on a loop of its own, as by {@linkcode testLoop}. `network` and `realTime` are as in {@linkcode checkStreamPair}.
 *
 * @param make connects the two protocols that it is given; a generator or async function
 * @returns what was checked
 * @throws {ContractError} if they do not keep to the contract; it says which check has failed and what was wrong
 * @throws {TypeError} if `make` is not a function, or an option is unknown or of the wrong type
 * @throws {RuntimeError} inside of a running loop
 *
 * @example The transports of this module
 * ```ts
 * import { Event, getRunningLoop, type Protocol } from "@loop/asyncio";
 * import { checkTransport, SimulatedNetwork } from "@loop/asyncio/testing";
 *
 * await checkTransport(async (one: Protocol, other: Protocol) => {
 *   const loop = getRunningLoop();
 *   const accepted = new Event();
 *   const server = await loop.createServer(() => {
 *     accepted.set();
 *     return other;
 *   }, "127.0.0.1", 0);
 *   await loop.createConnection(() => one, "127.0.0.1", server.port);
 *   await accepted.wait();
 *   server.close();
 * }, { network: (seed) => new SimulatedNetwork({ seed }) });
 * ```
 *
 * @category Tests
 */
export async function checkTransport(make: MakeTransportPair, options: ContractOptions = {}): Promise<ContractResult> {
  return await runChecks(WHERE, make, CHECKS, async (check) => {
    for (const swapped of [false, true]) {
      const ends = [new End("the first protocol"), new End("the second protocol")] as const;
      const [one, other] = swapped ? [ends[1], ends[0]] : ends;
      await createTask((() => make(ends[0].protocol, ends[1].protocol)) as TaskSource<unknown>);
      await one.until(() => one.transport !== null && other.transport !== null, "connectionMade()");
      await check(one, other);
      await one.finish(other);
    }
  }, options);
}

/** A protocol, with what it was told. */
class End {
  readonly protocol: Protocol;
  readonly #name: string;
  transport: Transport | null = null;
  received = 0;
  hasEnded = false;
  isLost = false;
  error: Error | null = null;
  isPaused = false;
  /** What `eofReceived()` returns: whether this side stays open. */
  staysOpen = false;
  /** What it was told against the rules. */
  #wrong: string | null = null;

  constructor(name: string) {
    this.#name = name;
    this.protocol = this.#makeProtocol();
  }

  /** Its transport, once it has one. */
  get wire(): Transport {
    return this.transport!;
  }

  /** Fails if a rule was broken. */
  look(): void {
    if (this.#wrong !== null) fault(this.#wrong);
  }

  /** Waits until something is so. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    for (let waited = 0; !isSo(); waited += 10) {
      this.look();
      if (waited > 30_000) fault(`waited in vain for ${what}`);
      await sleep(10);
    }
    this.look();
  }

  /** Sends a part of the pattern, with respect to what it is told about pausing. */
  async send(length: number, from = 0): Promise<void> {
    for (let at = 0; at < length; at += PART) {
      this.wire.write(patternOf(Math.min(PART, length - at), from + at));
      await this.until(() => !this.isPaused || this.isLost, "resumeWriting()");
    }
  }

  /** Writes until it is told to pause, and stays so: how many bytes there were. */
  async clog(): Promise<number> {
    for (let length = 0;;) {
      while (!this.isPaused) {
        this.wire.write(patternOf(4 * PART, length));
        length += 4 * PART;
        if (length > MAX_BUFFERED) {
          fault(`pauseWriting() was not called: ${length} bytes were written, and nobody reads`);
        }
      }
      // The system may take some of it.
      await sleep(A_WHILE);
      this.look();
      if (this.isPaused) return length;
    }
  }

  /** Ends both, and waits for their loss. */
  async finish(other: End): Promise<void> {
    for (const end of [this, other]) if (!end.isLost) end.wire.abort();
    for (const end of [this, other]) await end.until(() => end.isLost, "connectionLost()");
    await sleep(A_WHILE);
    for (const end of [this, other]) end.look();
  }

  #makeProtocol(): Protocol {
    const end = (): End => this;
    return new class extends Protocol implements BaseProtocol {
      override connectionMade(transport: Transport): void {
        end().#made(transport);
      }
      override dataReceived(data: Uint8Array): void {
        end().#came(data);
      }
      override eofReceived(): boolean {
        return end().#eof();
      }
      override connectionLost(error: Error | null): void {
        end().#lost(error);
      }
      override pauseWriting(): void {
        end().#pause(true);
      }
      override resumeWriting(): void {
        end().#pause(false);
      }
    }();
  }

  #made(transport: Transport): void {
    if (this.transport !== null) return this.#fail("connectionMade() was called twice");
    this.transport = transport;
  }

  #came(data: Uint8Array): void {
    this.#checkOpen("dataReceived()");
    if (this.hasEnded) this.#fail("dataReceived() was called after eofReceived()");
    if (!(data instanceof Uint8Array)) return this.#fail("dataReceived() was given what is no Uint8Array");
    if (data.length === 0) this.#fail("dataReceived() was given no bytes: eofReceived() tells the end");
    if (this.transport?.isReading() === false) this.#fail("dataReceived() was called while reading is paused");
    try {
      checkPattern(data, this.received, "dataReceived()");
    } catch (error) {
      this.#fail((error as Error).message);
    }
    this.received += data.length;
  }

  #eof(): boolean {
    this.#checkOpen("eofReceived()");
    if (this.hasEnded) this.#fail("eofReceived() was called twice");
    this.hasEnded = true;
    return this.staysOpen;
  }

  #lost(error: Error | null): void {
    this.#checkOpen("connectionLost()");
    if (error !== null && !(error instanceof Error)) {
      this.#fail("connectionLost() was given what is neither null nor an Error");
    }
    this.isLost = true;
    this.error = error;
  }

  #pause(isPaused: boolean): void {
    const name = isPaused ? "pauseWriting()" : "resumeWriting()";
    this.#checkOpen(name);
    if (this.isPaused === isPaused) this.#fail(`${name} was called twice in a row`);
    this.isPaused = isPaused;
  }

  #checkOpen(what: string): void {
    if (this.transport === null) this.#fail(`${what} was called before connectionMade()`);
    else if (this.isLost) this.#fail(`${what} was called after connectionLost()`);
  }

  #fail(what: string): void {
    this.#wrong ??= `${this.#name}: ${what}`;
  }
}

const CHECKS: Readonly<Record<string, (one: End, other: End) => Promise<void>>> = {
  "bytes come, both ways": async (one, other) => {
    await one.send(5);
    await other.until(() => other.received === 5, "5 bytes");
    await other.send(7);
    await one.until(() => one.received === 7, "7 bytes");
  },
  "many bytes come in order, both ways at once": async (one, other) => {
    const sending = [createTask(() => one.send(MANY)), createTask(() => other.send(MANY))];
    for (const task of sending) await task;
    for (const end of [one, other]) await end.until(() => end.received === MANY, `${MANY} bytes`);
  },
  "what is known is said": async (one) => {
    const { wire } = one;
    if (wire.isClosing()) fault("isClosing() says true of an open transport");
    if (wire.getProtocol() !== one.protocol) {
      fault("getProtocol() returns another protocol than the one it was made with");
    }
    if (wire.getWriteBufferSize() !== 0) {
      fault(`getWriteBufferSize() is ${wire.getWriteBufferSize()}, and nothing was written`);
    }
    const [low, high] = wire.getWriteBufferLimits();
    if (!(low <= high)) fault(`the write buffer limits are ${low} and ${high}: the low one is above the high one`);
    wire.close();
    if (!wire.isClosing()) fault("isClosing() says false after close()");
    await sleep(0);
  },
  "nothing comes while reading is paused, and all of it afterwards": async (one, other) => {
    other.wire.pauseReading();
    if (other.wire.isReading()) fault("isReading() says true after pauseReading()");
    await one.send(1_000);
    await sleep(A_WHILE);
    other.look();
    if (other.received > 0) fault(`${other.received} bytes came while reading was paused`);
    other.wire.resumeReading();
    await other.until(() => other.received === 1_000, "what was sent while reading was paused");
  },
  "the end comes after the bytes, and closes who returns false from eofReceived()": async (one, other) => {
    if (!one.wire.canWriteEof()) return;
    await one.send(100_000);
    one.wire.writeEof();
    await other.until(() => other.hasEnded, "eofReceived()");
    if (other.received !== 100_000) fault(`eofReceived() came after ${other.received} of 100000 bytes`);
    await other.until(() => other.isLost, "connectionLost() of who does not stay open");
    if (other.error !== null) fault("connectionLost() was given an error after an orderly end", other.error);
    await one.until(() => one.isLost, "connectionLost() of both sides");
  },
  "one side can end, and the other goes on": async (one, other) => {
    if (!one.wire.canWriteEof()) return;
    other.staysOpen = true;
    one.wire.writeEof();
    await other.until(() => other.hasEnded, "eofReceived()");
    await sleep(A_WHILE);
    if (other.isLost) fault("the connection is lost though eofReceived() has returned true");
    await other.send(100_000);
    other.wire.close();
    await one.until(() => one.isLost, "connectionLost()");
    if (one.received !== 100_000) fault(`${one.received} of 100000 bytes came after the own end`);
  },
  "closing sends all that was written, and reports the loss without an error": async (one, other) => {
    await one.send(MANY);
    one.wire.close();
    one.wire.close();
    await one.until(() => one.isLost, "connectionLost()");
    if (one.error !== null) fault("connectionLost() was given an error after close()", one.error);
    await other.until(() => other.isLost || other.hasEnded, "the end at the other side");
    if (other.received !== MANY) fault(`${other.received} of ${MANY} bytes came before the end`);
  },
  "closing is told later, never inside of the call": async (one) => {
    one.wire.close();
    if (one.isLost) fault("connectionLost() was called inside of close()");
    await one.until(() => one.isLost, "connectionLost()");
  },
  "aborting ends both sides at once": async (one, other) => {
    one.wire.write(patternOf(PART));
    one.wire.abort();
    if (one.isLost) fault("connectionLost() was called inside of abort()");
    one.wire.abort();
    await one.until(() => one.isLost, "connectionLost()");
    if (one.error !== null) fault("connectionLost() was given an error after abort()", one.error);
    await other.until(() => other.isLost || other.hasEnded, "the other side to hear of it");
  },
  "nothing comes after close()": async (one, other) => {
    other.wire.write(patternOf(PART));
    one.wire.close();
    const { received } = one;
    await sleep(A_WHILE);
    if (one.received > received) fault("dataReceived() was called after close()");
  },
  "clogged, a protocol is told to pause, and to resume when somebody reads": async (one, other) => {
    other.wire.pauseReading();
    const length = await one.clog();
    if (one.wire.getWriteBufferSize() === 0) fault("getWriteBufferSize() is 0 while writing is paused");
    other.wire.resumeReading();
    await one.until(() => !one.isPaused, "resumeWriting()");
    await other.until(() => other.received === length, `${length} bytes`);
  },
  "clogged, closing waits until somebody reads, and aborting does not": async (one, other) => {
    other.wire.pauseReading();
    const length = await one.clog();
    one.wire.close();
    await sleep(A_WHILE);
    if (one.isLost) fault("connectionLost() was called after close(), and not all that was written is sent");
    other.wire.resumeReading();
    await one.until(() => one.isLost, "connectionLost()");
    await other.until(() => other.received === length, `${length} bytes`);
  },
  "clogged, aborting does not wait": async (one, other) => {
    other.wire.pauseReading();
    await one.clog();
    one.wire.abort();
    await one.until(() => one.isLost, "connectionLost()");
    other.wire.resumeReading();
  },
};
