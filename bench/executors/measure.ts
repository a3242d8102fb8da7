/**
 * Measures in turns, on the runtime that runs this, and prints what came out as JSON.
 *
 * @module
 */
import { argv } from "node:process";
import { Worker as Thread } from "node:worker_threads";
import { type Coroutine, fromPromise, getRunningLoop, run, toThread, WorkerPool } from "../../mod.ts";
import { hash } from "./functions.ts";

const rounds = Number(argv[2]);
const smoke = argv[3] === "smoke";
const part = argv[4];
const trips = smoke ? 50 : 1_000;
const [jobs, mebibytes] = smoke ? [4, 4] : [8, 24];

/** What travels there and back. */
const PAYLOADS: Record<string, unknown> = {
  "a number": 5,
  "a small object": { id: 7, args: [1, 2] },
  "1 KiB": new Uint8Array(1024),
  "64 KiB": new Uint8Array(64 * 1024),
};

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

/** Microseconds of each turn, or for the hashing milliseconds: the plain way, and this module's. */
interface Turns {
  readonly bare: number[];
  readonly module: number[];
}

/** Both in turns, every second round the other way round; the first rounds are for the compilers and do not count. */
function* measure(bare: () => Coroutine<void>, module: () => Coroutine<void>, unit: number): Coroutine<Turns> {
  const turns: Turns = { bare: [], module: [] };
  for (let round = smoke ? -1 : -15; round < rounds; round++) {
    const both = [[bare, turns.bare], [module, turns.module]] as const;
    for (const [work, taken] of round % 2 === 0 ? both : [...both].reverse()) {
      const start = performance.now();
      yield* work();
      if (round >= 0) taken.push((performance.now() - start) * unit);
    }
  }
  return turns;
}

const measured: Record<string, Turns> = {};
await run(function* () {
  const pool = new WorkerPool({ maxWorkers: 2 });
  const work = pool.module<typeof import("./functions.ts")>(new URL("functions.ts", import.meta.url));
  getRunningLoop().setDefaultExecutor(pool);
  const worker = bareWorker();
  for (const [name, value] of part === "trips" ? Object.entries(PAYLOADS) : []) {
    measured[name] = yield* measure(
      function* () {
        yield* fromPromise((async () => {
          for (let i = 0; i < trips; i++) await worker.trip(value);
        })());
      },
      function* () {
        for (let i = 0; i < trips; i++) yield* toThread(work.echo, value);
      },
      1_000 / trips,
    );
  }
  worker.end();
  if (part === "trips") return;
  measured.hashing = yield* measure(
    function* () {
      for (let i = 0; i < jobs; i++) hash(mebibytes);
    },
    function* () {
      for (const digest of pool.map(work.hash, Array(jobs).fill(mebibytes))) yield* digest;
    },
    1,
  );
});
console.log(JSON.stringify(measured));
