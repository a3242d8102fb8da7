/**
 * The server of `examples/redis` and clients that lose their connections, on a network that fails.
 *
 * @module
 */
import {
  gather,
  openConnection,
  OSError,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  timeout,
  TimeoutError,
} from "../../mod.ts";
import { Client } from "../../examples/redis/client.ts";
import { Redis } from "../../examples/redis/redis.ts";
import type { SimulatedNetwork } from "../../src/testing/mod.ts";
import { cutAndMend, Dice } from "./faults.ts";
import { isLinearizable, type Operation } from "./linearizable.ts";

const CLIENTS = ["ann", "bob", "cid"] as const;
const PORT = 6379;
/** Milliseconds that a client waits for an answer before it gives the connection up. */
const PATIENCE = 1_000;

/** A value of a key: null if there is none. */
type State = string | null;

/** What is answered by a line, or two. */
async function readReply(reader: StreamReader): Promise<State> {
  const decoder = new TextDecoder();
  const line = decoder.decode(await reader.readuntil(new TextEncoder().encode("\r\n"))).slice(0, -2);
  const rest = line.slice(1);
  if (line[0] === "-") throw new Error(`The server says ${rest}`);
  if (line[0] === "*") {
    if (rest === "-1") return null;
    const parts: State[] = [];
    for (let i = 0; i < Number(rest); i++) parts.push(await readReply(reader));
    return parts.join(" ");
  }
  if (line[0] !== "$") return rest;
  if (rest === "-1") return null;
  const bulk = decoder.decode(await reader.readexactly(Number(rest) + 2));
  return bulk.slice(0, -2);
}

/** A client that opens another connection whenever it has lost one. */
class Caller {
  #connection: readonly [StreamReader, StreamWriter] | null = null;

  /** The answer; undefined if there was none. */
  async call(command: readonly string[], patience = PATIENCE): Promise<State | undefined> {
    try {
      return await timeout(patience, async () => {
        const [reader, writer] = this.#connection ??= await openConnection("server", PORT);
        writer.write(new TextEncoder().encode(`${command.join(" ")}\r\n`));
        return await readReply(reader);
      });
    } catch (error) {
      if (
        !(error instanceof TimeoutError || error instanceof OSError || error instanceof RangeError) && !isEnd(error)
      ) {
        throw error;
      }
      this.#connection?.[1].transport.abort();
      this.#connection = null;
      return undefined;
    }
  }

  close(): void {
    this.#connection?.[1].close();
  }
}

function isEnd(error: unknown): boolean {
  return error instanceof Error && error.name === "IncompleteReadError";
}

/** What each command does to its key. */
function modelOf([word, , argument]: readonly string[], reply: State | undefined): Operation<State>["apply"] {
  const answer = (state: State, said: State) => reply === undefined || reply === said ? { state } : null;
  switch (word) {
    case "SET":
      return () => answer(argument!, "OK");
    case "GET":
      return (state) => answer(state, state);
    case "GETDEL":
      return (state) => answer(null, state);
    case "APPEND":
      return (state) => answer(`${state ?? ""}${argument}`, String((state ?? "").length + argument!.length));
    default:
      throw new Error(`no model of ${word}`);
  }
}

async function serveRedis(): Promise<void> {
  const redis = new Redis();
  const server = await startServer((reader, writer) => new Client(redis, reader, writer).serve(), "0.0.0.0", PORT);
  await server.serveForever();
}

/** Adds the hosts. */
function cast(network: SimulatedNetwork): void {
  network.addHost("server").start(serveRedis);
  for (const name of CLIENTS) network.addHost(name);
}

/** Clients set, get, append and delete two keys; all that they see must fit into one order for each key. */
export async function singleKeys(network: SimulatedNetwork, seed: number): Promise<void> {
  cast(network);
  await sleep(50);
  const history = new Map<string, Operation<State>[]>([["x", []], ["y", []]]);
  const dice = new Dice(seed);
  const clients = CLIENTS.map((name) =>
    network.host(name).run(async () => {
      const caller = new Caller();
      for (let i = 0; i < 6; i++) {
        const key = dice.pick(["x", "y"]);
        const command = dice.pick([
          ["SET", key, `${name}${i}`],
          ["GET", key],
          ["GET", key],
          ["GETDEL", key],
          ["APPEND", key, `${name[0]}${i}`],
        ]);
        const called = network.now();
        const reply = await caller.call(command);
        const answered = reply === undefined ? Infinity : network.now();
        history.get(key)!.push({
          name: `${name}: ${command.join(" ")} = ${reply}`,
          called,
          answered,
          apply: modelOf(command, reply),
        });
        await sleep(dice.below(50));
      }
      caller.close();
    })
  );
  await gather([() => cutAndMend(network, "server", dice, 3), ...clients]);
  for (const [key, operations] of history) {
    if (isLinearizable(operations, null, String)) continue;
    const lines = operations.map(({ name, called, answered }) => `${called} to ${answered}: ${name}`);
    throw new Error(`No order explains what was seen of ${key}:\n${lines.join("\n")}`);
  }
}

/** Clients push numbers to a list and wait for them: nothing is had twice, and nothing is lost but what somebody may have had who has left. */
export async function blockingPops(network: SimulatedNetwork, seed: number): Promise<void> {
  cast(network);
  await sleep(50);
  const dice = new Dice(seed);
  const pushed = new Set<string>();
  const perhapsPushed = new Set<string>();
  const popped: string[] = [];
  /** How many pops have begun and were never answered: each may have taken one. */
  let unanswered = 0;
  let last = 0;
  const clients = CLIENTS.map((name) =>
    network.host(name).run(async () => {
      const caller = new Caller();
      for (let i = 0; i < 6; i++) {
        if (dice.below(2) === 0) {
          const element = String(++last);
          const reply = await caller.call(["RPUSH", "jobs", element]);
          (reply === undefined ? perhapsPushed : pushed).add(element);
        } else {
          const reply = await caller.call(["BLPOP", "jobs", "0.3"]);
          if (reply === undefined) unanswered++;
          else if (reply !== null) popped.push(reply.split(" ")[1]!);
        }
        await sleep(dice.below(50));
      }
      caller.close();
    })
  );
  await gather([() => cutAndMend(network, "server", dice, 3), ...clients]);
  // Whoever has left is known to have left by then.
  await sleep(120_000);
  const rest = await network.host("ann").run(async () => {
    const caller = new Caller();
    const all: string[] = [];
    for (let tries = 0; tries < 200; tries++) {
      const reply = await caller.call(["LPOP", "jobs"], 60_000);
      if (reply === null) break;
      if (reply === undefined) unanswered++;
      else all.push(reply);
    }
    caller.close();
    return all;
  });
  const had = [...popped, ...rest];
  if (new Set(had).size < had.length) throw new Error(`Something was had twice: ${had}`);
  const lost = [...pushed].filter((element) => !had.includes(element));
  if (lost.length > unanswered) throw new Error(`${lost} were lost, and ${unanswered} pops were not answered`);
  for (const element of had) {
    if (!pushed.has(element) && !perhapsPushed.has(element)) throw new Error(`${element} was never pushed`);
  }
}
