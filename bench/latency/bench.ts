/**
 * How long an echo and a request take while tasks spin on `sleep(0)`: the loop must let its host look at sockets. The server runs in a process
 * of its own, so that the client's work is not measured as the server's.
 */
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { FORMATS } from "../harness/format.ts";
import { Running } from "../harness/processes.ts";
import { quantile } from "../harness/samples.ts";
import type { Bench, Reached } from "../harness/section.ts";

const SERVER = fileURLToPath(new URL("server.ts", import.meta.url));
const SPINNERS = 10;
const WARM_UP = 200;

/** What is sent, one after the other; resolves with the milliseconds that each took. */
const KINDS: readonly {
  readonly kind: "echo" | "http";
  readonly title: string;
  readonly times: number;
  readonly send: (port: number, times: number) => Promise<number[]>;
}[] = [
  { kind: "echo", title: "an echo of 32 bytes on streams", times: 1_000, send: echo },
  { kind: "http", title: "GET / of a handler that parks", times: 3_000, send: request },
];

/** A socket and a request beside spinning tasks. */
export const latency: Bench = {
  title: "Sockets beside spinning tasks",
  hosts: ["Deno", "Bun"],
  async measure({ hosts, smoke, wants }) {
    const rows: string[][] = [];
    const reached: Reached[] = [];
    for (const { name: on, command } of hosts) {
      const flags = on === "Deno" ? ["--unstable-no-legacy-abort"] : [];
      for (const { kind, title, times, send } of KINDS.filter(({ kind }) => wants(kind))) {
        const server = new Running([...command, ...flags, SERVER, kind, `${SPINNERS}`], 0);
        try {
          const warmUp = smoke ? 0 : WARM_UP;
          const taken = (await send(Number(await server.line()), smoke ? 10 : warmUp + times)).slice(warmUp);
          const [p50, p90, p99, most] = [0.5, 0.9, 0.99, 1].map((part) => quantile(taken, part));
          rows.push([title, on, ...[p50, p90, p99, most].map((value) => FORMATS.ms(value!))]);
          reached.push({
            id: `latency/${kind}`,
            on,
            what: `${title} beside spinning tasks, p99`,
            value: p99!,
            unit: "ms",
          });
        } finally {
          await server.kill();
        }
      }
    }
    return {
      title: this.title,
      how: `The time that it takes while ${SPINNERS} tasks spin on \`sleep(0)\`.`,
      tables: [{ head: ["", "On", "Median", "p90", "p99", "Most"], rows, text: ["On"] }],
      reached,
    };
  },
};

function echo(port: number, times: number): Promise<number[]> {
  const message = new Uint8Array(32);
  const taken: number[] = [];
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
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
      taken.push(performance.now() - start);
      if (taken.length < times) return send();
      socket.destroy();
      resolve(taken);
    });
  });
}

async function request(port: number, times: number): Promise<number[]> {
  const taken: number[] = [];
  while (taken.length < times) {
    const start = performance.now();
    await (await fetch(`http://127.0.0.1:${port}/`)).text();
    taken.push(performance.now() - start);
  }
  return taken;
}
