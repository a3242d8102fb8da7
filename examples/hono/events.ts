/** Server-sent events: what goes on here, told whenever it changes, until the reader leaves or the server closes. */
import type { Hono } from "hono";
import { allTasks, type Coroutine, sleep } from "@loop/asyncio";
import { routes, type SSEStream, streamSSE } from "@loop/asyncio/hono";
import type { Room } from "./chat.ts";
import type { JobQueue } from "./jobs.ts";

/** Milliseconds between two looks at what goes on. */
const INTERVAL = 100;

/** The client says what it heard last, and can say anything. */
function numberOf(id: string | null): number {
  return /^\d{1,15}$/.test(id ?? "") ? Number(id) : 0;
}

/** Counts, for `curl` and for who wants to see that the task ends. */
function* count(stream: SSEStream): Coroutine<void> {
  try {
    for (let i = numberOf(stream.lastEventId) + 1;; i++) {
      yield* stream.writeSSE({ id: `${i}`, data: JSON.stringify({ count: i }) });
      yield* stream.sleep(500);
    }
  } finally {
    console.log("/events has no reader any more");
  }
}

export function addEvents(app: Hono, jobs: JobQueue, room: Room): void {
  routes(app)
    .get("/events", (c) => streamSSE(c, count))
    .get("/live", (c) =>
      streamSSE(c, function* (stream) {
        let told = "";
        for (;;) {
          const tasks = [...allTasks()].map((task) => task.getName());
          const now = JSON.stringify({ tasks, jobs, present: room.names() });
          if (now !== told) yield* stream.writeSSE({ data: told = now });
          yield* sleep(INTERVAL);
        }
      }));
}
