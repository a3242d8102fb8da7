/**
 * A worker: takes calls out of the queue until Ctrl-C, which waits for those that run. Start as many as you like, on as many machines.
 *
 * The environment says where Redis is (REDIS_URL), and how many milliseconds without a word count as the end of a worker (PATIENCE).
 *
 * @module
 */
import process from "node:process";
import { KeyboardInterrupt, run } from "@loop/asyncio";
import { connectionFrom } from "./bullmq.ts";
import { serveQueue } from "./queue_worker.ts";

const { REDIS_URL, PATIENCE = "30000" } = process.env;

try {
  await run(() =>
    serveQueue({
      connection: connectionFrom(REDIS_URL),
      queue: "calls",
      root: new URL("./", import.meta.url),
      modules: ["functions.ts"],
      patience: Number(PATIENCE),
    })
  );
} catch (error) {
  if (!(error instanceof KeyboardInterrupt)) throw error;
  // If Redis is gone, BullMQ tries to reach it for ever. The code is the one that run() has set.
  process.exit();
}
