/**
 * The load client where there is no wrk, on Bun's sockets: `client.ts PORT CONNECTIONS SECONDS` asks for `/` on each connection, again
 * as soon as it is answered, and prints what it counted as JSON. It does no more than find the end of an answer.
 *
 * @module
 */
import { argv, cpuUsage, exit } from "node:process";
import { bun, type BunSocket } from "../net/bun.ts";
import type { Load } from "./load.ts";

const REQUEST = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
const [port, connections, seconds] = argv.slice(2).map(Number) as [number, number, number];

/** One connection: what has come of the answer, and how long it will be. */
class Caller {
  text = "";
  start = 0;
  readonly answered = Promise.withResolvers<void>();
}

const times: number[] = [];
const decoder = new TextDecoder("latin1");

function fail(what: string): never {
  console.error(`The client fails: ${what}.`);
  exit(1);
}

function ask(socket: BunSocket<Caller>): void {
  socket.data.text = "";
  socket.data.start = performance.now();
  if (socket.write(REQUEST) !== REQUEST.length) fail("a request was not sent whole");
}

function receive(socket: BunSocket<Caller>, bytes: Uint8Array): void {
  const text = socket.data.text += decoder.decode(bytes);
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return;
  if (!text.startsWith("HTTP/1.1 200 ")) fail(`the server answers ${text.slice(0, end)}`);
  const length = /\r\ncontent-length: (\d+)/i.exec(text);
  if (length === null) fail("the answer does not tell its length");
  if (text.length < end + 4 + Number(length[1])) return;
  times.push(performance.now() - socket.data.start);
  socket.data.answered.resolve();
  ask(socket);
}

for (let i = 0; i < connections; i++) {
  const caller = new Caller();
  await bun.connect({
    hostname: "127.0.0.1",
    port,
    data: caller,
    socket: {
      binaryType: "uint8array",
      open: ask,
      data: receive,
      close: () => fail("the server has closed a connection"),
    },
  });
  await caller.answered.promise;
}
times.length = 0;
const cpu = cpuUsage();
const start = performance.now();
await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
const took = (performance.now() - start) / 1_000;
const { user, system } = cpuUsage(cpu);
const requests = times.length;
times.sort((a, b) => a - b);
const result: Load = {
  requests,
  seconds: took,
  p99: times[Math.floor(requests * 0.99)] ?? NaN,
  clientCpu: (user + system) / 1e6,
};
console.log(JSON.stringify(result));
exit(0);
