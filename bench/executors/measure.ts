/**
 * Threads in both ways, in turns, on the runtime that runs this: `measure.ts trips|hashing NAMES ROUNDS smoke|full`.
 */
import { argv } from "node:process";
import { Worker as Thread } from "node:worker_threads";
import { Runner, toThread, WorkerPool } from "../../mod.ts";
import { measureInTurns, smoke, type Work } from "../harness/turns.ts";
import { hash, PAYLOADS } from "./functions.ts";

const times = smoke ? 50 : 1_000;
const [jobs, mebibytes] = smoke ? [4, 4] as const : [8, 24] as const;

/** The runtime's own worker: what sends it a message and resolves with the answer, and what ends it. */
function bareWorker(): [trip: (value: unknown) => Promise<unknown>, end: () => void] {
  const url = new URL("bare.ts", import.meta.url);
  let answer: (value: unknown) => void = () => {};
  const trip = (worker: Worker | Thread) => (value: unknown) =>
    new Promise((resolve) => {
      answer = resolve;
      worker.postMessage(value);
    });
  if ("Worker" in globalThis) {
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = (event) => answer(event.data);
    return [trip(worker), () => worker.terminate()];
  }
  const thread = new Thread(url);
  thread.on("message", (value) => answer(value));
  return [trip(thread), () => void thread.terminate()];
}

const runner = new Runner();
const pool = new WorkerPool({ maxWorkers: 2 });
runner.getLoop().setDefaultExecutor(pool);
const functions = pool.remoteModule<typeof import("./functions.ts")>(new URL("functions.ts", import.meta.url));

if (argv[2] === "trips") {
  const [trip, end] = bareWorker();
  const work = (value: unknown): Work => ({
    times,
    bare: () => trip(value),
    module: () => toThread(functions.echo, value),
  });
  await measureInTurns(
    runner,
    Object.fromEntries(Object.entries(PAYLOADS).map(([id, value]) => [id, work(value)])),
    15,
  );
  end();
} else {
  const hashing: Work = {
    times: 1,
    operations: jobs,
    // deno-lint-ignore require-await
    async bare() {
      let last = "";
      for (let i = 0; i < jobs; i++) last = hash(mebibytes);
      return last;
    },
    *module() {
      let last = "";
      for (const digest of pool.map(functions.hash, Array(jobs).fill(mebibytes))) last = yield* digest;
      return last;
    },
  };
  await measureInTurns(runner, { hashing }, 15);
}
