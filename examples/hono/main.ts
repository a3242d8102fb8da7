/**
 * A small Hono app in which every request is a task, and a page that shows what that is good for. `deno task start`, or:
 *
 * ```sh
 * bun examples/hono/main.ts
 * npm install && node examples/hono/main.ts
 * ```
 *
 * It listens on http://127.0.0.1:8000; the environment variable PORT changes the port. Ctrl-C lets what runs finish, then ends
 * the program with code 0. With INSPECT=9230 it says at which address of that port the live page of its tasks is.
 *
 * @module
 */
import { env } from "node:process";
import { Hono } from "hono";
import { currentTask, main, taskGroup } from "@loop/asyncio";
import { serve } from "@loop/asyncio/http";
import { inspect } from "@loop/asyncio/inspect";
import { addChat, Room } from "./chat.ts";
import { addDeadline } from "./deadline.ts";
import { addEvents } from "./events.ts";
import { addFanOut } from "./fan_out.ts";
import { addJobs, JobQueue } from "./jobs.ts";
import { ownOriginOnly } from "./own_origin.ts";
import { addPages, readPage } from "./pages.ts";
import { addUploads, Uploads } from "./uploads.ts";

main(() =>
  taskGroup(function* (group) {
    currentTask()?.setName("main");
    const jobs = new JobQueue();
    for (const name of ["worker 1", "worker 2"]) group.createTask(jobs.work(name), { name });
    const room = new Room();

    const app = new Hono();
    app.use(ownOriginOnly(() => server.url));
    addPages(app, yield* readPage());
    addFanOut(app, () => server.url);
    addDeadline(app);
    addJobs(app, jobs);
    addUploads(app, new Uploads());
    addChat(app, room);
    addEvents(app, jobs, room);

    if (env.INSPECT) yield* inspect({ port: Number(env.INSPECT) });
    const server = yield* serve(app, {
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
