/**
 * Measures how much a loop with many tasks does while a page looks at it, and while nobody does: `measure.ts WHAT WATCHED MILLISECONDS TASKS`
 * prints how much was done, the processor time of this process, and how often the page was told.
 *
 * `steps` counts the steps of tasks that each work for a few dozen microseconds. `requests` counts those of clients in another process, beside
 * tasks that sleep a second again and again.
 */
import { type ChildProcess, spawn } from "node:child_process";
import process, { argv, execArgv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { createTask, type EventLoop, getRunningLoop, run, sleep } from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { inspect } from "../../src/inspect/mod.ts";
import { cpuSeconds } from "../harness/usage.ts";

const [what, watched, milliseconds, number] = argv.slice(2) as [string, string, string, string];
const duration = Number(milliseconds);
/** So many requests are under way at once. */
const CLIENTS = 16;
const runs = "Deno" in globalThis ? ["run", "--allow-all", "--no-check", "--quiet"] : execArgv;
const children: ChildProcess[] = [];

/** Starts the other side in a process of its own; calls back for each thing that it tells. */
function other(...args: string[]): Promise<void> {
  const child = spawn(execPath, [...runs, fileURLToPath(new URL("other.ts", import.meta.url)), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  return new Promise((resolve) => {
    child.stdout.on("data", (data) => {
      if (args[0] === "page") told += data.length;
      resolve();
    });
  });
}

/** How often the page was told. */
let told = 0;
let count = 0;

/** About as much as a small handler does. */
function work(): number {
  let hash = 17;
  for (let i = 0; i < 20_000; i++) hash = (hash * 31 + i) | 0;
  return hash;
}

function* stepping() {
  for (;;) {
    if (work() === 0) count--;
    count++;
    yield* sleep(0);
  }
}

function* sleeping() {
  for (let first = Math.random();; first = 1) yield* sleep(1_000 * first);
}

await run(async () => {
  const tasks = Array.from({ length: Number(number) }, () => createTask(what === "steps" ? stepping : sleeping));
  if (what === "requests") {
    const server = await serve(() => new Response(String(++count), { headers: { "content-type": "text/plain" } }), {
      port: 0,
    });
    await other("load", server.url, `${CLIENTS}`);
  }
  if (watched === "1") {
    const inspector = await inspect({ port: 0, log: null });
    await other("page", inspector.url);
  }
  // Everything is told to the page once, which is not what is measured here.
  await sleep(duration / 2);
  const began = [count, told, cpuSeconds(process.pid) ?? 0] as const;
  const loop = getRunningLoop() as EventLoop;
  const start = loop.time();
  await sleep(duration);
  const seconds = (loop.time() - start) / 1_000;
  const cpu = (cpuSeconds(process.pid) ?? NaN) - began[2];
  console.log(JSON.stringify({ count: count - began[0], updates: (told - began[1]) / seconds, cpu, seconds }));
  for (const child of children) child.kill("SIGKILL");
  for (const task of tasks) task.cancel();
  process.exit(0);
});
