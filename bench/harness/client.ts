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
import { cpuSeconds } from "./processes.ts";
import { quantile } from "./samples.ts";

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

/** One connection, and what has come of the answer. */
abstract class Caller {
  readonly #message: Uint8Array;
  readonly #again: boolean;
  readonly answered = Promise.withResolvers<void>();
  #sent = 0;
  #start = 0;

  constructor(message: Uint8Array, again: boolean) {
    this.#message = message;
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
    if (!this.isWhole(bytes)) return;
    times.push(performance.now() - this.#start);
    this.answered.resolve();
    if (!this.#again) return;
    this.#sent = 0;
    this.send(socket);
  }

  /** Takes what has come and tells whether the answer is whole, after which another one begins. */
  protected abstract isWhole(bytes: Uint8Array): boolean;
}

/** Sends a message and waits for the same; the first one is compared. */
class EchoCaller extends Caller {
  readonly #expected: Uint8Array;
  #got = 0;
  #first = true;

  constructor(message: Uint8Array, again = true) {
    super(message, again);
    this.#expected = message;
  }

  protected override isWhole(bytes: Uint8Array): boolean {
    if (this.#first) {
      const wrong = bytes.findIndex((byte, i) => byte !== this.#expected[this.#got + i]);
      if (wrong >= 0) fail(`byte ${this.#got + wrong} of a message came back changed`);
    }
    this.#got += bytes.length;
    if (this.#got < this.#expected.length) return false;
    this.#got = 0;
    this.#first = false;
    return true;
  }
}

/** Asks for `/`, and does no more than find the end of the answer. */
class GetCaller extends Caller {
  static readonly #request = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  static readonly #decoder = new TextDecoder("latin1");
  #text = "";

  constructor() {
    super(GetCaller.#request, true);
  }

  protected override isWhole(bytes: Uint8Array): boolean {
    const text = this.#text += GetCaller.#decoder.decode(bytes);
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) return false;
    if (!text.startsWith("HTTP/1.1 200 ")) fail(`the server answers ${text.slice(0, end)}`);
    const length = /\r\ncontent-length: (\d+)/i.exec(text);
    if (length === null) fail("the answer does not tell its length");
    if (text.length < end + 4 + Number(length[1])) return false;
    this.#text = "";
    return true;
  }
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
    p99: times.length === 0 ? NaN : quantile(times, 0.99),
  };
}

const [port, connections, seconds, pid, bytes] = argv.slice(3).map(Number) as [number, number, number, number, number];
if (argv[2] === "hold") {
  await open(port, connections, () => new EchoCaller(new Uint8Array(32), false));
  console.log(connections);
  stdin.on("end", () => exit(0)).resume();
} else {
  const message = Uint8Array.from({ length: bytes || 0 }, (_, i) => i * 31 + (i >> 8));
  await open(port, connections, argv[2] === "get" ? () => new GetCaller() : () => new EchoCaller(message));
  console.log(JSON.stringify(await count(seconds, pid)));
  exit(0);
}
