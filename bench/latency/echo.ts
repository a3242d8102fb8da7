/**
 * How long an echo takes beside spinning tasks.
 *
 * @module
 */
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { quantile } from "../harness.ts";
import { Running } from "../net/processes.ts";
import type { Runtime } from "../runtimes.ts";

const SERVER = fileURLToPath(new URL("echo_server.ts", import.meta.url));
const WARM_UP = 200;

/** Milliseconds that an echo took. */
export interface Latency {
  readonly on: Runtime["name"];
  readonly spinners: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** Sends 32 bytes so often, one message after the other, to a server in a process of its own. */
export async function measureLatency(runtime: Runtime, spinners: number, messages: number): Promise<Latency> {
  const [command, ...args] = runtime.command;
  const server = new Running(command, [...args, SERVER, `${spinners}`], 0);
  try {
    const times = await echo(Number(await server.line()), messages);
    const [p50, p99, most] = [0.5, 0.99, 1].map((part) => quantile(times, part)) as [number, number, number];
    return { on: runtime.name, spinners, p50, p99, most };
  } finally {
    await server.kill();
  }
}

function echo(port: number, messages: number): Promise<number[]> {
  const message = new Uint8Array(32);
  const times: number[] = [];
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let sent = 0;
    let got = 0;
    let start = 0;
    const send = () => {
      got = 0;
      start = performance.now();
      socket.write(message);
    };
    socket.setNoDelay(true).on("error", reject).on("connect", send).on("data", (bytes: Uint8Array) => {
      got += bytes.length;
      if (got < message.length) return;
      if (sent++ >= WARM_UP) times.push(performance.now() - start);
      if (times.length < messages) return send();
      socket.destroy();
      resolve(times);
    });
  });
}
