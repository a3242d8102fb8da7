/**
 * A small Hono app in which every request is a task. `deno task start`, or:
 *
 * ```sh
 * bun run examples/hono/main.ts
 * ```
 *
 * It listens on http://127.0.0.1:8000; the environment variable PORT changes the port. Ctrl-C lets what runs finish, then ends
 * the program with code 0.
 *
 * @module
 */
import { env } from "node:process";
import { Hono } from "hono";
import { run, serve, taskGroup } from "@loop/asyncio";
import { addPages } from "./pages.ts";
import { addFanOut } from "./fan_out.ts";
import { addDeadline } from "./deadline.ts";
import { addEvents } from "./events.ts";
import { addJobs, JobQueue } from "./jobs.ts";

await run(() =>
  taskGroup(function* (group) {
    const jobs = new JobQueue();
    for (const name of ["worker 1", "worker 2"]) group.createTask(jobs.work(name), { name });

    const app = new Hono();
    addPages(app);
    addFanOut(app);
    addDeadline(app);
    addEvents(app);
    addJobs(app, jobs);

    const server = yield* serve(app.fetch, {
      port: Number(env.PORT || 8000),
      signals: true,
      gracePeriod: 2_000,
      onListen: ({ url }) => console.log(`Listening on ${url}, Ctrl-C ends it.`),
    });
    yield* server.serveForever();
    // The workers finish what is queued, and the group waits for them.
    jobs.close();
    console.log("Everything is done.");
  })
);
