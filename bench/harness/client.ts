/**
 * The load client, on Bun's sockets: no other that is at hand sends and receives more.
 *
 * `client.ts echo PORT CONNECTIONS SECONDS PID BYTES` lets each connection send a message, wait for all of it, and send the next one. `client.ts
 * get PORT CONNECTIONS SECONDS PID` asks for `/` in the same way. Both print what was counted after a warm-up as JSON. `client.ts hold PORT
 * CONNECTIONS` opens connections, has one short message echoed on each, prints how many stand, and holds them until its input ends.
 */
import { argv, cpuUsage, exit, stdin } from "node:process";
import { bun, type BunSocket } from "./bun.ts";
import type { Sample } from "./load.ts";
import { quantile } from "./samples.ts";
import { cpuSeconds } from "./usage.ts";

/** Seconds before counting begins: the compilers of both sides need them. */
const WARM_UP = 0.4;
/** So many connections are opened at once; more would overflow what a listener lets wait. */
const AT_ONCE = 100;

/** The milliseconds that each answer took. */
let times: number[] = [];

function fail(what: string): never {
  console.error(`The client fails: ${what}.`);
  exit(1);
}

/** Takes what has come on a connection and tells whether the answer is whole, after which another one begins. */
type Reader = (bytes: Uint8Array) => boolean;

/** One connection. */
class Caller {
  readonly #message: Uint8Array;
  readonly #isWhole: Reader;
  readonly #again: boolean;
  readonly answered = Promise.withResolvers<void>();
  #sent = 0;
  #start = 0;

  constructor(message: Uint8Array, isWhole: Reader, again = true) {
    this.#message = message;
    this.#isWhole = isWhole;
    this.#again = again;
  }

  /** Begins, or goes on where the system did not take all. */
  send(socket: BunSocket<Caller>): void {
    if (this.#sent === this.#message.length) return;
    if (this.#sent === 0) this.#start = performance.now();
    const rest = this.#sent === 0 ? this.#message : this.#message.subarray(this.#sent);
    this.#sent += Math.max(socket.write(rest), 0);
  }

  receive(socket: BunSocket<Caller>, bytes: Uint8Array): void {
    if (!this.#isWhole(bytes)) return;
    times.push(performance.now() - this.#start);
    this.answered.resolve();
    if (!this.#again) return;
    this.#sent = 0;
    this.send(socket);
  }
}

/** Waits for the message that was sent; the first one is compared. */
function readEcho(message: Uint8Array): Reader {
  let got = 0;
  let first = true;
  return (bytes) => {
    const wrong = first ? bytes.findIndex((byte, i) => byte !== message[got + i]) : -1;
    if (wrong >= 0) fail(`byte ${got + wrong} of a message came back changed`);
    got += bytes.length;
    if (got < message.length) return false;
    got = 0;
    first = false;
    return true;
  };
}

/** Does no more than find the end of an answer of HTTP. */
function readAnswer(): Reader {
  const decoder = new TextDecoder("latin1");
  let text = "";
  return (bytes) => {
    text += decoder.decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return false;
    if (!text.startsWith("HTTP/1.1 200 ")) fail(`the server answers ${text.slice(0, end)}`);
    const length = /\r\ncontent-length: (\d+)/i.exec(text);
    if (length === null) fail("the answer does not tell its length");
    if (text.length < end + 4 + Number(length[1])) return false;
    text = "";
    return true;
  };
}

/** Opens connections that talk at once; done when each has an answer. */
async function open(port: number, count: number, make: () => Caller): Promise<void> {
  const connect = async () => {
    const caller = make();
    await bun.connect({
      hostname: "127.0.0.1",
      port,
      data: caller,
      socket: {
        binaryType: "uint8array",
        open: (socket) => socket.data.send(socket),
        data: (socket, bytes) => socket.data.receive(socket, bytes),
        drain: (socket) => socket.data.send(socket),
        close: () => fail("the server has closed a connection"),
        error: (_, error) => fail(String(error)),
      },
    });
    await caller.answered.promise;
  };
  for (let made = 0; made < count; made += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - made) }, connect));
  }
}

async function count(seconds: number, pid: number): Promise<Sample> {
  const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  await pause(Math.min(WARM_UP, seconds));
  times = [];
  const before = { time: performance.now(), server: cpuSeconds(pid), client: cpuUsage() };
  await pause(seconds);
  const server = cpuSeconds(pid);
  const { user, system } = cpuUsage(before.client);
  return {
    count: times.length,
    seconds: (performance.now() - before.time) / 1_000,
    serverCpu: server === null || before.server === null ? null : server - before.server,
    clientCpu: (user + system) / 1e6,
    p50: times.length === 0 ? NaN : quantile(times, 0.5),
    p99: times.length === 0 ? NaN : quantile(times, 0.99),
  };
}

const [port, connections, seconds, pid, bytes = 32] = argv.slice(3).map(Number) as [number, number, number, number];
const message = argv[2] === "get"
  ? new TextEncoder().encode("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
  : Uint8Array.from({ length: bytes }, (_, i) => i * 31 + (i >> 8));
const reader = argv[2] === "get" ? readAnswer : () => readEcho(message);
await open(port, connections, () => new Caller(message, reader(), argv[2] !== "hold"));
if (argv[2] === "hold") {
  console.log(connections);
  stdin.on("end", () => exit(0)).resume();
} else {
  console.log(JSON.stringify(await count(seconds, pid)));
  exit(0);
}
