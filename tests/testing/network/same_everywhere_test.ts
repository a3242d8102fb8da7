/**
 * The same seed gives the same run, byte for byte: on every runtime, in both forms.
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Coroutine,
  createTask,
  gather,
  openConnection,
  type Server,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  taskGroup,
} from "../../../mod.ts";
import { SimulatedNetwork, trace } from "../../../src/testing/mod.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a run comes to: the steps of main's loop, and what happened on the network. */
async function record(seed: number, program: (network: SimulatedNetwork) => () => unknown): Promise<string> {
  const network = new SimulatedNetwork({ seed, latency: [1, 20], loss: 0.1 });
  network.addHost("left");
  network.addHost("right", { clockOffset: 5_000, clockRate: 1.01 });
  const steps = await trace(program(network) as () => Coroutine<unknown>, { network });
  return `${steps}\n\n${network.log()}`;
}

function coroutines(network: SimulatedNetwork): () => Coroutine<unknown> {
  function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
    for (;;) {
      const line = yield* reader.readline();
      if (line.length === 0) break;
      writer.write(line);
      yield* writer.drain();
    }
    writer.close();
  }
  function* client(name: string): Coroutine<string> {
    const [reader, writer] = yield* openConnection("main", 7);
    let heard = "";
    for (let i = 0; i < 3; i++) {
      writer.write(encoder.encode(`${name} ${i}\n`));
      heard += decoder.decode(yield* reader.readline());
      yield* sleep(10);
    }
    writer.close();
    yield* writer.waitClosed();
    return heard;
  }
  return function* () {
    const server: Server = yield* startServer(echo, "0.0.0.0", 7);
    yield* taskGroup(function* (group) {
      group.createTask(function* () {
        yield* sleep(30);
        network.partition("left", "main");
        yield* sleep(400);
        network.heal();
      });
      const names = ["left", "right"];
      const heard = yield* gather(names.map((name) => network.host(name).run(() => client(name))));
      assertEquals(heard, names.map((name) => `${name} 0\n${name} 1\n${name} 2\n`));
    });
    const local = createTask(client("main"));
    yield* local;
    server.close();
    yield* server.waitClosed();
  };
}

function asyncFunctions(network: SimulatedNetwork): () => Promise<unknown> {
  const echo = async (reader: StreamReader, writer: StreamWriter) => {
    for (;;) {
      const line = await reader.readline();
      if (line.length === 0) break;
      writer.write(line);
      await writer.drain();
    }
    writer.close();
  };
  const client = async (name: string) => {
    const [reader, writer] = await openConnection("main", 7);
    let heard = "";
    for (let i = 0; i < 3; i++) {
      writer.write(encoder.encode(`${name} ${i}\n`));
      heard += decoder.decode(await reader.readline());
      await sleep(10);
    }
    writer.close();
    await writer.waitClosed();
    return heard;
  };
  return async () => {
    const server = await startServer(echo, "0.0.0.0", 7);
    await taskGroup(async (group) => {
      group.createTask(async () => {
        await sleep(30);
        network.partition("left", "main");
        await sleep(400);
        network.heal();
      });
      const names = ["left", "right"];
      const heard = await gather(names.map((name) => network.host(name).run(() => client(name))));
      assertEquals(heard, names.map((name) => `${name} 0\n${name} 1\n${name} 2\n`));
    });
    const local = createTask(() => client("main"));
    await local;
    server.close();
    await server.waitClosed();
  };
}

/** A checksum that every runtime computes alike. */
function checksum(text: string): number {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum = (Math.imul(sum, 31) + text.charCodeAt(i)) >>> 0;
  return sum;
}

describe("A run on a simulated network", () => {
  it("is the same a second time", async () => {
    for (let seed = 0; seed < 5; seed++) {
      assertEquals(await record(seed, coroutines), await record(seed, coroutines));
    }
  });

  it("is the same for coroutines and async functions", async () => {
    for (let seed = 0; seed < 20; seed++) {
      assertEquals(await record(seed, asyncFunctions), await record(seed, coroutines));
    }
  });

  it("is another one by another seed", async () => {
    assertNotEquals(await record(1, coroutines), await record(2, coroutines));
  });

  it("is the same on every runtime", async () => {
    const sums: number[] = [];
    for (const seed of [1, 2, 3]) sums.push(checksum(await record(seed, coroutines)));
    assertEquals(sums, [3838143207, 3461999091, 903843244]);
  });
});
