import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Event,
  type Future,
  getRunningLoop,
  openConnection,
  openUnixConnection,
  Protocol,
  Queue,
  sleep,
  startServer,
  startUnixServer,
  type StreamReader,
  type StreamWriter,
  type Transport,
} from "../../mod.ts";
import {
  checkStreamPair,
  checkTransport,
  ContractError,
  SimulatedNetwork,
  type StreamSide,
} from "../../src/testing/mod.ts";

const network = (seed: number) => new SimulatedNetwork({ seed });

/** Two sides of a connection of this module. */
async function streams(isUnix: boolean): Promise<readonly [StreamSide, StreamSide]> {
  const clients = new Queue<readonly [StreamReader, StreamWriter]>();
  const take = (...client: [StreamReader, StreamWriter]) => clients.putNowait(client);
  const path = "/run/checked";
  const server = isUnix ? await startUnixServer(take, path) : await startServer(take, "127.0.0.1", 0);
  const one = isUnix ? await openUnixConnection(path) : await openConnection("127.0.0.1", server.port);
  const other = await clients.get();
  server.close();
  return [one, other];
}

async function transports(one: Protocol, other: Protocol): Promise<void> {
  const loop = getRunningLoop();
  const accepted = new Event();
  const server = await loop.createServer(
    () => {
      accepted.set();
      return other;
    },
    "127.0.0.1",
    0,
  );
  await loop.createConnection(() => one, "127.0.0.1", server.port);
  await accepted.wait();
  server.close();
}

/** What a pipe in memory does wrong. */
interface Faults {
  /** Doubles a byte somewhere. */
  readonly doubles?: boolean;
  /** Does not wake who reads at the end. */
  readonly forgetsEnd?: boolean;
  /** Has always room. */
  readonly hasNoEnd?: boolean;
  /** Takes bytes before it waits, and loses them if that is cancelled. */
  readonly losesCancelled?: boolean;
  /** Returns memory that it uses again. */
  readonly reuses?: boolean;
  /** Gives two who read at once the same bytes. */
  readonly givesTwice?: boolean;
}

/** One direction of a stream in memory. */
class MemoryPipe {
  readonly #faults: Faults;
  readonly #waiting: Future<void>[] = [];
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #written = 0;
  #isClosed = false;
  readonly #room = new Uint8Array(65_536);

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  write(data: Uint8Array): void {
    if (this.#isClosed) throw new Error("closed");
    const at = 50_000 - this.#written;
    const isDoubled = this.#faults.doubles && at >= 0 && at < data.length;
    this.#written += data.length;
    const parts = isDoubled ? [data.subarray(0, at + 1), data.subarray(at)] : [data];
    for (const part of parts) {
      this.#chunks.push(part.slice());
      this.#size += part.length;
    }
    this.#tell();
  }

  close(): void {
    this.#isClosed = true;
    if (!this.#faults.forgetsEnd) this.#tell();
  }

  async drain(): Promise<void> {
    const { hasNoEnd } = this.#faults;
    await this.#until(() => hasNoEnd || this.#isClosed || this.#size < 65_536);
  }

  async read(count = Infinity): Promise<Uint8Array> {
    const { losesCancelled, reuses, givesTwice } = this.#faults;
    await this.#until(() => this.#isClosed || this.#size > 0);
    while (this.#chunks[0]?.length === 0) this.#chunks.shift();
    const taken = this.#chunks[0]?.slice(0, count) ?? new Uint8Array(0);
    const drop = (): void => {
      if (taken.length === 0) return;
      this.#chunks[0] = this.#chunks[0]!.subarray(taken.length);
      this.#size -= taken.length;
    };
    if (!givesTwice) drop();
    this.#tell();
    if (losesCancelled || givesTwice) await sleep(0);
    if (givesTwice) drop();
    if (!reuses) return taken;
    this.#room.set(taken);
    return this.#room.subarray(0, taken.length);
  }

  #tell(): void {
    for (const future of this.#waiting.splice(0)) if (!future.done()) future.setResult();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      const changed = getRunningLoop().createFuture<void>();
      this.#waiting.push(changed);
      await changed;
    }
  }
}

/** A stream in memory, right or wrong. */
function memoryPair(faults: Faults): () => Promise<readonly [StreamSide, StreamSide]> {
  return async () => {
    await sleep(0);
    const pipes = [new MemoryPipe(faults), new MemoryPipe(faults)] as const;
    const side = (from: MemoryPipe, to: MemoryPipe): StreamSide => [
      { read: (count) => from.read(count) },
      {
        write: (data) => to.write(data),
        drain: () => to.drain(),
        canWriteEof: () => true,
        writeEof: () => to.close(),
        close: () => {
          to.close();
          from.close();
        },
        waitClosed: () => Promise.resolve(),
      },
    ];
    return [side(pipes[0], pipes[1]), side(pipes[1], pipes[0])] as const;
  };
}

/** Passes what a protocol is told on to another one, with a fault. */
function meddling(change: (told: string, protocol: Protocol, ...args: unknown[]) => boolean) {
  return async (one: Protocol, other: Protocol) => {
    const wrap = (protocol: Protocol): Protocol => {
      const tell = (
        told: "connectionMade" | "dataReceived" | "eofReceived" | "connectionLost" | "pauseWriting" | "resumeWriting",
      ) =>
      (...args: unknown[]): unknown => {
        if (change(told, protocol, ...args)) return undefined;
        return (protocol[told] as (...args: unknown[]) => unknown)(...args);
      };
      return Object.assign(new Protocol(), {
        connectionMade: (transport: Transport) => {
          Object.defineProperty(transport, "getProtocol", { value: () => protocol });
          tell("connectionMade")(transport);
        },
        dataReceived: tell("dataReceived"),
        eofReceived: tell("eofReceived"),
        connectionLost: tell("connectionLost"),
        pauseWriting: tell("pauseWriting"),
        resumeWriting: tell("resumeWriting"),
      }) as Protocol;
    };
    await transports(wrap(one), wrap(other));
  };
}

describe("checkStreamPair()", () => {
  for (const isUnix of [false, true]) {
    it(`finds nothing wrong with ${isUnix ? "Unix" : "TCP"} streams on a simulated network`, async () => {
      for (let seed = 1; seed <= 2; seed++) {
        const { checks } = await checkStreamPair(() => streams(isUnix), { network, seed });
        assertEquals(checks.length, 17);
      }
    });
  }

  it("finds nothing wrong with the streams of the runtime", async () => {
    await checkStreamPair(() => streams(false), { realTime: true });
  });

  it("finds nothing wrong with a stream in memory, nor with one that never clogs, if that is said", async () => {
    await checkStreamPair(memoryPair({}));
    const { checks } = await checkStreamPair(memoryPair({ hasNoEnd: true }), { clogs: false });
    assertEquals(checks.filter((check) => check.startsWith("clogged")), []);
  });

  const wrong: readonly [Faults, check: string, says: string][] = [
    [{ doubles: true }, "many bytes come in order, both ways at once", "in the place of"],
    [{ forgetsEnd: true }, "all that was written comes before the end", "it hangs"],
    [{ hasNoEnd: true }, "clogged, writing is held up, and goes on when somebody reads", "drain() never waits"],
    [{ losesCancelled: true }, "a read that is cancelled loses nothing", "it hangs"],
    [{ reuses: true }, "bytes that were written may be changed afterwards", "was changed by what came later"],
    [{ givesTwice: true }, "two reads at once are refused, or both served", "the same byte"],
  ];
  for (const [faults, check, says] of wrong) {
    it(`finds a stream that ${Object.keys(faults)}`, async () => {
      const error = await assertRejects(() => checkStreamPair(memoryPair(faults)), ContractError);
      assertEquals(error.check, check);
      assertStringIncludes(error.message, says);
    });
  }

  it("refuses what is nothing to check", async () => {
    await assertRejects(() => checkStreamPair(5 as never), TypeError, "checkStreamPair()");
    await assertRejects(
      () => checkStreamPair(memoryPair({}), { clogged: true } as never),
      TypeError,
      'option "clogged"',
    );
    const error = await assertRejects(() => checkStreamPair((() => Promise.resolve([1, 2])) as never), ContractError);
    assertStringIncludes(error.message, "it must return [[reader, writer], [reader, writer]]");
  });
});

describe("checkTransport()", () => {
  it("finds nothing wrong with the transports of this module", async () => {
    for (let seed = 1; seed <= 2; seed++) {
      const { checks } = await checkTransport(transports, { network, seed });
      assertEquals(checks.length, 13);
    }
  });

  const wrong: readonly [what: string, ReturnType<typeof meddling>, says: string][] = [
    [
      "does not say that it is lost",
      meddling((told) => told === "connectionLost"),
      "waited in vain for connectionLost()",
    ],
    [
      "tells the end twice",
      meddling((told, protocol) => {
        if (told === "eofReceived") protocol.eofReceived();
        return false;
      }),
      "eofReceived() was called twice",
    ],
    [
      "tells of bytes after the loss",
      meddling((told, protocol, error) => {
        if (told !== "connectionLost") return false;
        protocol.connectionLost(error as Error | null);
        protocol.dataReceived(new Uint8Array(1));
        return true;
      }),
      "dataReceived() was called after connectionLost()",
    ],
    ["tells nobody to pause", meddling((told) => /Writing/.test(told)), "pauseWriting() was not called"],
    [
      "tells of bytes before the connection is made",
      meddling((told, protocol) => {
        if (told === "connectionMade") protocol.dataReceived(new Uint8Array(1));
        return false;
      }),
      "dataReceived() was called before connectionMade()",
    ],
    [
      "gives no bytes",
      meddling((told, protocol) => {
        if (told === "dataReceived") protocol.dataReceived(new Uint8Array(0));
        return false;
      }),
      "was given no bytes",
    ],
  ];
  for (const [what, make, says] of wrong) {
    it(`finds a transport that ${what}`, async () => {
      const error = await assertRejects(() => checkTransport(make, { network }), ContractError);
      assertStringIncludes(error.message, says);
    });
  }
});
