/**
 * What else a server does while it echoes: a timer of the runtime, and requests to an HTTP server of the runtime in the same process.
 */
import process from "node:process";
import { bun } from "../../harness/bun.ts";
import { quantile } from "../../harness/samples.ts";

/** What was counted since it was asked for last: milliseconds within which 99 of 100 came. */
export interface Beside {
  /** From one call of `setInterval(…, 1)` to the next. */
  readonly interval: number;
  /** From a `fetch` to its text. */
  readonly fetch: number;
}

/** Milliseconds between two requests: they shall not be what the server is busy with. */
const PAUSE = 5;

/** Does it from now on, and prints what was counted at each SIGUSR2. */
export function tellBeside(): void {
  let intervals: number[] = [];
  let fetches: number[] = [];
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    intervals.push(now - last);
    last = now;
  }, 1);
  const options = { hostname: "127.0.0.1", port: 0 };
  const hello = () => new Response("hello");
  const port = "Bun" in globalThis
    ? bun.serve({ ...options, fetch: hello }).port
    : Deno.serve({ ...options, onListen() {} }, hello).addr.port;
  const ask = async () => {
    const start = performance.now();
    await (await fetch(`http://127.0.0.1:${port}/`)).text();
    fetches.push(performance.now() - start);
    setTimeout(ask, PAUSE);
  };
  void ask();
  process.on("SIGUSR2", () => {
    const told: Beside = { interval: quantile(intervals, 0.99), fetch: quantile(fetches, 0.99) };
    console.log(JSON.stringify(told));
    intervals = [];
    fetches = [];
  });
}
