/** The page, a greeting, and the live tasks. */
import { readFile } from "node:fs/promises";
import type { Hono } from "hono";
import { allTasks, type Coroutine, currentTask, fromPromise } from "@loop/asyncio";

/** Nothing of the page comes from elsewhere, and nothing of it goes there. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";

export function* readPage(): Coroutine<string> {
  return yield* fromPromise((signal) =>
    readFile(new URL("./page.html", import.meta.url), { encoding: "utf8", signal })
  );
}

/** Handlers that wait for nothing are Hono's own; they too run in the task of their request. */
export function addPages(app: Hono, page: string): void {
  app.get("/", (c) => c.html(page, 200, { "content-security-policy": POLICY }));
  app.get(
    "/hello/:name",
    (c) => c.text(`Hello ${c.req.param("name")}, this is the task "${currentTask()?.getName()}".\n`),
  );
  app.get("/tasks", (c) => c.json([...allTasks()].map((task) => ({ name: task.getName(), state: String(task) }))));
}
