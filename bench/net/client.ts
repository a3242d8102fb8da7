/**
 * The load client, on Bun's sockets: no other that is at hand sends and receives more.
 *
 * `client.ts echo PORT CONNECTIONS BYTES SECONDS PID` lets each connection send a message, wait for all of it, and send the next one; it
 * prints what was counted after a warm-up as JSON. `client.ts hold PORT CONNECTIONS` opens connections, has one short message echoed
 * on each, prints how many stand, and holds them until its input ends.
 *
 * @module
 */
import { argv, cpuUsage, exit, stdin } from "node:process";
import { bun, type BunSocket } from "./bun.ts";
import { cpuSeconds } from "./processes.ts";

/** Seconds before counting begins: the compilers of both sides need them. */
const WARM_UP = 0.4;
/** So many connections are opened at once; more would overflow what a listener lets wait. */
const AT_ONCE = 100;

/** What the client counted. */
export interface Counted {
  /** Messages that went there and back. */
  readonly messages: number;
  /** In so many seconds. */
  readonly seconds: number;
  /** The processor time that the server took for it, in seconds; null where the system does not tell. */
  readonly serverCpu: number | null;
  /** The client's own. */
  readonly clientCpu: number;
}

let messages = 0;

/** One connection: what it has sent and got of its message. */
class Caller {
  readonly #message: Uint8Array;
  readonly #again: boolean;
  readonly #answered: () => void;
  #sent = 0;
  #got = 0;
  #first = true;

  constructor(message: Uint8Array, again: boolean, answered: () => void) {
    this.#message = message;
    this.#again = again;
    this.#answered = answered;
  }

  send(socket: BunSocket<Caller>): void {
    if (this.#sent === this.#message.length) return;
    const rest = this.#sent === 0 ? this.#message : this.#message.subarray(this.#sent);
    this.#sent += Math.max(socket.write(rest), 0);
  }

  receive(socket: BunSocket<Caller>, bytes: Uint8Array): void {
    if (this.#first) this.#compare(bytes);
    this.#got += bytes.length;
    if (this.#got < this.#message.length) return;
    messages++;
    if (this.#first) this.#answered();
    this.#first = false;
    if (!this.#again) return;
    this.#sent = this.#got = 0;
    this.send(socket);
  }

  #compare(bytes: Uint8Array): void {
    const wrong = bytes.findIndex((byte, i) => byte !== this.#message[this.#got + i]);
    if (wrong >= 0) fail(`byte ${this.#got + wrong} of a message came back changed`);
  }
}

function fail(what: string): never {
  console.error(`The client fails: ${what}.`);
  exit(1);
}

/** Opens connections that talk at once; done when each has got an answer. */
async function open(port: number, count: number, message: Uint8Array, again: boolean): Promise<void> {
  const connect = async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    await bun.connect({
      hostname: "127.0.0.1",
      port,
      data: new Caller(message, again, resolve),
      socket: {
        binaryType: "uint8array",
        open: (socket) => socket.data.send(socket),
        data: (socket, bytes) => socket.data.receive(socket, bytes),
        drain: (socket) => socket.data.send(socket),
        close: () => fail("the server has closed a connection"),
        error: (_, error) => fail(String(error)),
      },
    });
    await promise;
  };
  for (let made = 0; made < count; made += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - made) }, connect));
  }
}

async function echo(port: number, connections: number, bytes: number, seconds: number, pid: number): Promise<Counted> {
  const message = Uint8Array.from({ length: bytes }, (_, i) => i * 31 + (i >> 8));
  const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  await open(port, connections, message, true);
  await pause(Math.min(WARM_UP, seconds));
  const before = { messages, time: performance.now(), server: cpuSeconds(pid), client: cpuUsage() };
  await pause(seconds);
  const server = cpuSeconds(pid);
  const { user, system } = cpuUsage(before.client);
  return {
    messages: messages - before.messages,
    seconds: (performance.now() - before.time) / 1_000,
    serverCpu: server === null || before.server === null ? null : server - before.server,
    clientCpu: (user + system) / 1e6,
  };
}

const [port, connections, bytes, seconds, pid] = argv.slice(3).map(Number) as [number, number, number, number, number];
if (argv[2] === "echo") {
  console.log(JSON.stringify(await echo(port, connections, bytes, seconds, pid)));
  exit(0);
}
await open(port, connections, new Uint8Array(32), false);
console.log(connections);
stdin.on("end", () => exit(0)).resume();
