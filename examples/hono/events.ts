/** Server-sent events: a task writes them, and ends when its reader leaves. */
import type { Hono } from "hono";
import { type Coroutine, getRunningLoop, sleep, type Task } from "@loop/asyncio";

/** A body that a task writes, from when somebody begins to read it: an answer to HEAD has a body that nobody reads or cancels. */
function streamOf(write: (send: (data: unknown) => void) => Coroutine<void>): ReadableStream<Uint8Array> {
  const loop = getRunningLoop();
  const encoder = new TextEncoder();
  let task: Task<void> | undefined;
  let open = true;
  return new ReadableStream({
    pull(controller) {
      if (task !== undefined) return;
      const send = (data: unknown) => controller.enqueue(encoder.encode(`data: ${JSON.stringify(data)}\n\n`));
      task = loop.createTask(write(send), { name: "events" });
      task.addDoneCallback(() => {
        if (open) controller.close();
      });
    },
    cancel() {
      open = false;
      task?.cancel("reader left");
    },
  }, { highWaterMark: 0 });
}

function* count(send: (data: unknown) => void): Coroutine<void> {
  try {
    for (let i = 1;; i++) {
      send({ count: i });
      yield* sleep(500);
    }
  } finally {
    console.log("/events has no reader any more");
  }
}

export function addEvents(app: Hono): void {
  const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
  app.get("/events", (c) => c.body(streamOf(count), 200, headers));
}
