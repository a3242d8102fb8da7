/**
 * Measures in turns, on the runtime that runs this, and prints what came out as JSON: `measure.ts trips|hashing ROUNDS smoke|full`.
 *
 * @module
 */
import { argv } from "node:process";
import { Worker as Thread } from "node:worker_threads";
import { type Coroutine, Runner, toThread, WorkerPool } from "../../mod.ts";
import { type Measured, takeTurns } from "../harness/turns.ts";
import { hash } from "./functions.ts";
import { PAYLOADS } from "./payloads.ts";

const part = argv[2];
const rounds = Number(argv[3]);
const smoke = argv[4] === "smoke";
const trips = smoke ? 50 : 1_000;
const [jobs, mebibytes] = smoke ? [4, 4] : [8, 24];
const warmUp = smoke ? 1 : 15;

/** Sends a message to a bare worker and resolves with its answer. */
interface Bare {
  trip(value: unknown): Promise<unknown>;
  end(): void;
}

/** The runtime's own worker. */
function bareWorker(): Bare {
  let answer: (value: unknown) => void = () => {};
  const trip = (post: (value: unknown) => void) => (value: unknown) =>
    new Promise((resolve) => {
      answer = resolve;
      post(value);
    });
  if ("Worker" in globalThis) {
    const worker = new Worker(new URL("bare_web.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event) => answer(event.data);
    return { trip: trip((value) => worker.postMessage(value)), end: () => worker.terminate() };
  }
  const thread = new Thread(new URL("bare_threads.ts", import.meta.url));
  thread.on("message", (value) => answer(value));
  return { trip: trip((value) => thread.postMessage(value)), end: () => void thread.terminate() };
}

const runner = new Runner();
const pool = new WorkerPool({ maxWorkers: 2 });
runner.getLoop().setDefaultExecutor(pool);
const functions = pool.module<typeof import("./functions.ts")>(new URL("functions.ts", import.meta.url));

function* tripsByModule(value: unknown): Coroutine<void> {
  for (let i = 0; i < trips; i++) yield* toThread(functions.echo, value);
}

function* hashInThreads(): Coroutine<void> {
  for (const digest of pool.map(functions.hash, Array(jobs).fill(mebibytes))) yield* digest;
}

const measured: Measured = {};
if (part === "trips") {
  const worker = bareWorker();
  for (const [name, value] of Object.entries(PAYLOADS)) {
    const bare = async () => {
      for (let i = 0; i < trips; i++) await worker.trip(value);
    };
    measured[name] = await takeTurns(bare, () => runner.run(tripsByModule(value)), {
      rounds,
      warmUp,
      operations: trips,
    });
  }
  worker.end();
} else {
  const here = () => {
    for (let i = 0; i < jobs; i++) hash(mebibytes);
  };
  measured.hashing = await takeTurns(here, () => runner.run(hashInThreads()), { rounds, warmUp, operations: jobs });
}
await runner.close();
console.log(JSON.stringify(measured));
