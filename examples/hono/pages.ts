/** The page that links the others, a greeting, and the live tasks. */
import type { Hono } from "hono";
import { allTasks, currentTask } from "@loop/asyncio";

const LINKS: Record<string, string> = {
  "/hello/ada": "A greeting.",
  "/fan-out": "Three requests at once: it takes as long as the longest of them.",
  "/deadline": "Work that takes too long: 504, and the work has stopped.",
  "/slow": "Ten seconds of work. Leave, and it stops.",
  "/events": "Server-sent events, until the reader leaves.",
  "/jobs": "A queue with two workers. POST to it to add a job.",
  "/tasks": "Every live task.",
};

const rows = Object.entries(LINKS).map(([path, text]) => `<dt><a href="${path}">${path}</a></dt><dd>${text}</dd>`);

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Every request is a task</title>
<style>
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }
  dt { font-family: ui-monospace, monospace; margin-top: 1rem }
</style>
<h1>Every request is a task</h1>
<dl>${rows.join("\n")}</dl>
<form method="post" action="/jobs"><button>Add a job</button></form>
</html>`;

/** Handlers that wait for nothing are Hono's own; they too run in the task of their request. */
export function addPages(app: Hono): void {
  app.get("/", (c) => c.html(PAGE));
  app.get(
    "/hello/:name",
    (c) => c.text(`Hello ${c.req.param("name")}, this is the task "${currentTask()?.getName()}".\n`),
  );
  app.get("/tasks", (c) => c.json([...allTasks()].map((task) => ({ name: task.getName(), state: String(task) }))));
}
