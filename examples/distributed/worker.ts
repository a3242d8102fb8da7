/**
 * A worker: takes calls out of the queue until Ctrl-C, which waits for those that run. Start as many as you like, on as many machines.
 *
 * The environment says where Redis is (REDIS_URL), and how many milliseconds without a word count as the end of a worker (PATIENCE).
 *
 * @module
 */
import process from "node:process";
import { main } from "@loop/asyncio";
import { connectionFrom } from "./bullmq.ts";
import { serveQueue } from "./queue_worker.ts";

const { REDIS_URL, PATIENCE = "30000" } = process.env;

// It ends the process, though BullMQ tries for ever to reach a Redis that is gone.
main(() =>
  serveQueue({
    connection: connectionFrom(REDIS_URL),
    queue: "calls",
    root: new URL("./", import.meta.url),
    modules: ["functions.ts"],
    patience: Number(PATIENCE),
  })
);
