/**
 * A process full of clients, most of them good, which goes on until somebody ends it: how, is what the servers are tried with.
 *
 * @module
 */
import { connect, type Socket } from "node:net";
import process from "node:process";
import { connect as connectTls } from "node:tls";
import { send } from "./client.ts";
import { inputOf } from "./corpus.ts";
import { HANDSHAKE } from "./frame_bytes.ts";
import type { Ending, Input } from "./input.ts";
import { latin1 } from "./mutate.ts";
import { Random } from "./random.ts";
import type { Ports } from "./subject.ts";

/** How many clients there are at once. */
const AT_ONCE = 24;

const ports = JSON.parse(process.argv[2] as string) as Ports;
const seed = Number(process.argv[3]);
const random = new Random(seed);

/** One that does not stay. */
function short(): Input {
  const [door, text] = random.pick<[Input["door"], string]>([
    ["http", "GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(random.between(1, 20))],
    ["http", "GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    ["http", "GET /big HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    ["http", "GET /hangs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    ["http", `POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n${"e".repeat(100_000)}`],
    ["http", `POST /unread HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n${"u".repeat(50_000)}`],
    ["https", "GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    ["https", "GET /stream HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"],
    ["resp", "SET k v\r\nGET k\r\nINCR n\r\nRPUSH l a b c\r\nBLPOP l 1\r\n".repeat(20)],
    ["resp", "SUBSCRIBE news\r\n"],
    ["resp", "BLPOP nothing 5\r\n"],
    ["lines", "echo line\n".repeat(500)],
    ["tls", "echo line\n".repeat(500)],
  ]);
  const ending = random.pick<Ending>(["wait", "wait", "finish", "leave", "reset", "deaf"]);
  return { door, kind: "good", inside: door === "https" || door === "tls", pieces: [latin1(text)], ending };
}

/** One that stays for a while: a WebSocket, or a stream of events. */
async function long(): Promise<void> {
  const secure = random.oneIn(3);
  const socket: Socket = secure
    ? connectTls({ port: ports.https, host: "127.0.0.1", rejectUnauthorized: false })
    : connect(ports.http, "127.0.0.1");
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const talks = random.oneIn(2);
  socket.write(talks ? HANDSHAKE : "GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  // A message of 100 bytes under a mask of zeros.
  const message = Uint8Array.of(0x82, 0x80 | 100, 0, 0, 0, 0, ...new Uint8Array(100));
  const talking = talks ? setInterval(() => socket.write(message), 20) : undefined;
  if (random.oneIn(4)) socket.pause();
  else socket.resume();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, random.between(50, 3_000)))]);
  clearInterval(talking);
  if (random.oneIn(2)) socket.destroy();
  else if (secure || random.oneIn(2)) socket.end();
  else socket.resetAndDestroy();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500))]);
  socket.destroy();
}

async function worker(): Promise<never> {
  for (let number = random.below(1_000_000);; number++) {
    if (random.oneIn(6)) await long();
    else await send(ports, random.oneIn(3) ? inputOf(seed, number) : short());
  }
}

// Whoever has started it ends it; if that is gone, so is what it was for.
process.stdin.on("end", () => process.exit()).resume();
await Promise.all(Array.from({ length: AT_ONCE }, worker));
