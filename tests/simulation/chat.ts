/**
 * The chat of `examples/chat`, and clients that leave, do not read, and lose their connections.
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
import { Chat } from "../../examples/chat/chat.ts";
import type { SimulatedNetwork } from "../../src/testing/mod.ts";
import { cutAndMend, Dice } from "./faults.ts";

const CLIENTS = ["ann", "bob", "cid", "dot"] as const;
const PORT = 8_002;
const LINES = 8;

/** What one client has heard of another: how many of its lines, which come in order and without a gap from where they began. */
function checkHeard(who: string, lines: readonly string[]): void {
  const next = new Map<string, number>();
  for (const line of lines) {
    const [, from, number] = /^(\w+): line (\d+)$/.exec(line) ?? [];
    if (from === undefined) continue;
    const expected = next.get(from);
    if (expected !== undefined && Number(number) !== expected) {
      throw new Error(`${who} has heard line ${number} of ${from} in the place of ${expected}: ${lines.join(" | ")}`);
    }
    next.set(from, Number(number) + 1);
  }
}

async function visit(name: string, dice: Dice, broken: Set<string>): Promise<void> {
  let streams: [StreamReader, StreamWriter] | null = null;
  const heard: string[] = [];
  try {
    const [reader, writer] = streams = await openConnection("server", PORT);
    const listen = async () => {
      for (;;) {
        const line = await reader.readline();
        if (line.length === 0) break;
        const text = new TextDecoder().decode(line);
        // The last may be a part of one, where the client has closed the connection itself.
        if (text.endsWith("\n")) heard.push(text.trimEnd());
        if (dice.below(4) === 0) await sleep(dice.below(100));
      }
    };
    const talk = async () => {
      writer.write(new TextEncoder().encode(`${name}\n`));
      for (let i = 0; i < LINES; i++) {
        await sleep(dice.below(40));
        writer.write(new TextEncoder().encode(`line ${i}\n`));
        await writer.drain();
      }
      await sleep(dice.below(500));
      // Some end what they say and listen on, some just go.
      if (dice.below(2) === 0) writer.writeEof();
      else writer.close();
    };
    await timeout(20_000, async () => void await gather([listen, talk]));
  } catch (error) {
    if (!(error instanceof OSError || error instanceof TimeoutError)) throw error;
    broken.add(name);
    streams?.[1].transport.abort();
  } finally {
    streams?.[1].close();
  }
  checkHeard(name, heard);
  if (heard.length > 0 && heard[0] !== "Your name?") throw new Error(`${name} was greeted by ${heard[0]}`);
}

/** Clients come, talk and go: each hears the others in order, and once all have left the server knows of nobody, and all its sockets are closed. */
export async function chat(network: SimulatedNetwork, seed: number): Promise<void> {
  const dice = new Dice(seed);
  const room = new Chat();
  const server = network.addHost("server");
  server.start(async () => {
    const listening = await startServer((reader, writer) => room.serve(reader, writer), "0.0.0.0", PORT, {
      limit: 4_096,
    });
    await listening.serveForever();
  });
  for (const name of CLIENTS) network.addHost(name);
  await sleep(50);
  const broken = new Set<string>();
  const visits = CLIENTS.map((name) =>
    network.host(name).run(async () => {
      await sleep(dice.below(100));
      await visit(name, dice, broken);
    })
  );
  await gather([() => cutAndMend(network, "server", dice, 2), ...visits]);
  // What a reset has not told is found when something is sent, which another visitor does.
  for (let i = 0; i < 3; i++) {
    await network.host("ann").run(() => visit("ann", dice, broken));
    await sleep(60_000);
  }
  if (room.clients.size > 0) throw new Error(`${[...room.clients].map(({ name }) => name)} are still there`);
  if (server.openSockets > 1) throw new Error(`${server.openSockets} sockets of the server are still open`);
}
