/**
 * How long `GET /` takes while ten tasks spin on `sleep(0)`: the loop must let its host look at sockets. The server runs in a
 * process of its own, so that the client's work is not measured as the server's.
 *
 * ```sh
 * deno run --unstable-no-legacy-abort --allow-net=127.0.0.1 --allow-run --allow-env bench/http/latency_bench.ts
 * bun run bench/http/latency_bench.ts
 * ```
 *
 * @module
 */
import { spawn } from "node:child_process";
import { argv, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { createTask, run, sleep } from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";

const SPINNERS = 10;
/** With `--smoke` it is only seen whether it works. */
const smoke = argv.includes("--smoke");
const WARM_UP = smoke ? 1 : 200;
const REQUESTS = smoke ? 10 : 3_000;
/** Milliseconds that the slowest request in a hundred may take. */
const TARGET = 20;

if (argv[2] === "server") await serveBesideSpinners();
else await measure();

function serveBesideSpinners(): Promise<void> {
  return run(function* () {
    const spin = function* () {
      for (;;) yield* sleep(0);
    };
    for (let i = 0; i < SPINNERS; i++) createTask(spin());
    const options = { port: 0, onListen: ({ url }: { url: string }) => console.log(url) };
    const server = yield* serve(function* () {
      // Parks, so that each request needs the loop as well as the sockets.
      yield* sleep(0);
      return new Response("hello");
    }, options);
    yield* server.serveForever();
  });
}

async function measure(): Promise<void> {
  const deno = "Deno" in globalThis;
  const flags = deno ? ["run", "--unstable-no-legacy-abort", "--allow-net=127.0.0.1"] : [];
  const server = spawn(execPath, [...flags, fileURLToPath(import.meta.url), "server"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve) => {
    server.stdout.once("data", (chunk: Uint8Array) => resolve(new TextDecoder().decode(chunk).trim()));
  });
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + REQUESTS; i++) {
    const start = performance.now();
    await (await fetch(url)).text();
    if (i >= WARM_UP) times.push(performance.now() - start);
  }
  server.kill();
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))]!;
  const shown = [["p50", 0.5], ["p90", 0.9], ["p99", 0.99], ["max", 1]] as const;
  console.log(
    `GET / beside ${SPINNERS} spinning tasks on ${
      deno ? "Deno" : "Bun" in globalThis ? "Bun" : "Node"
    }, ${REQUESTS} requests: ` +
      shown.map(([name, part]) => `${name} ${at(part).toFixed(2)} ms`).join(", "),
  );
  const met = at(0.99) < TARGET;
  if (smoke) exit(0);
  console.log(`The p99 is ${met ? "below" : "NOT below"} ${TARGET} ms.`);
  exit(met ? 0 : 1);
}
