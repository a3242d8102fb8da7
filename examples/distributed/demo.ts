/**
 * Everything that the queue's executor does, with two workers on this machine.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  getRunningLoop,
  main,
  Queue,
  toThread,
  use,
} from "@loop/asyncio";
import { connectionFrom } from "./bullmq.ts";
import { QueueExecutor } from "./queue_executor.ts";

const functions = new URL("./functions.ts", import.meta.url);

/** Starts a worker, and waits until it takes calls. */
async function startWorker(): Promise<ChildProcess> {
  const flags = "Deno" in globalThis ? ["run", "--allow-all"] : [];
  const worker = fileURLToPath(new URL("./worker.ts", import.meta.url));
  const child = spawn(process.execPath, [...flags, worker], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PATIENCE: "1000" },
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`The worker ended with ${code}.`)));
  });
  return child;
}

function* demo(executor: QueueExecutor): Coroutine<void> {
  const work = executor.remoteModule<typeof import("./functions.ts")>(functions);

  console.log("results:", yield* gather(work.countPrimes(10), work.countPrimes(100), work.countPrimes(1_000)));

  const counts: number[] = [];
  for (const count of executor.map(work.countPrimes, [20, 30, 40])) counts.push(yield* count);
  console.log("map:", counts);

  getRunningLoop().setDefaultExecutor(executor);
  console.log("toThread:", yield* toThread(work.countPrimes, 50));

  const heard: unknown[] = [];
  const counted = yield* executor.call(work.countSlowly, [3], { onProgress: (value) => heard.push(value) });
  console.log("progress:", heard, counted);

  console.log("retries:", yield* executor.call(work.flaky, [2], { attempts: 3 }));

  try {
    yield* work.fails();
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const { name, message, stack = "" } = error as Error;
    console.log("error:", name, message, stack.includes("functions.ts") ? "(with its stack)" : "(without a stack)");
  }

  try {
    yield* executor.remoteModule<{ run(): void }>(new URL("./worker.ts", import.meta.url)).run();
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    console.log("refused:", (error as Error).message);
  }

  yield* cancelled(executor);
  yield* killed(executor);
}

/** A call that is cancelled here is cancelled where it runs. */
function* cancelled(executor: QueueExecutor): Coroutine<void> {
  const work = executor.remoteModule<typeof import("./functions.ts")>(functions);
  const heard = new Queue<unknown>();
  const task = createTask(function* () {
    yield* executor.call(work.forever, [], { onProgress: (value) => heard.putNowait(value) });
  });
  const begun = yield* heard.get();
  task.cancel();
  const ended = yield* heard.get();
  console.log("cancelled:", task.cancelled(), [begun, ended]);
}

/** A worker that is killed in the middle of a call: another makes it. */
function* killed(executor: QueueExecutor): Coroutine<void> {
  const work = executor.remoteModule<typeof import("./functions.ts")>(functions);
  let first: number | undefined;
  const second = yield* executor.call(work.stay, [], {
    onProgress: (pid) => {
      if (first !== undefined) return;
      first = pid as number;
      process.kill(first, "SIGKILL");
    },
  });
  console.log(
    "killed:",
    second !== first ? "it ran again, in another process" : "it ran in the process that was killed",
  );
}

const workers = await Promise.all([startWorker(), startWorker()]);
main(function* () {
  try {
    yield* use(
      new QueueExecutor({
        connection: connectionFrom(process.env.REDIS_URL),
        queue: "calls",
        root: new URL("./", import.meta.url),
      }),
      demo,
    );
  } finally {
    for (const worker of workers) worker.kill("SIGINT");
  }
});
