/** Work with a deadline, and work that ends when its client leaves. */
import type { Hono } from "hono";
import { type Coroutine, sleep, timeout, TimeoutError } from "@loop/asyncio";
import { routes } from "@loop/asyncio/hono";

/** How much of the work below is going on. */
let running = 0;

function* work(): Coroutine<string> {
  running++;
  try {
    for (let i = 0; i < 100; i++) yield* sleep(100);
    return "done";
  } finally {
    running--;
  }
}

export function addDeadline(app: Hono): void {
  routes(app)
    .get("/deadline", function* (c) {
      try {
        return c.text(yield* timeout(300, work));
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        // The finally block of the work has run by now.
        return c.json({ error: "the work took longer than 300 ms", running }, 504);
      }
    })
    .get("/slow", function* (c) {
      const before = performance.now();
      try {
        return c.text(yield* work());
      } finally {
        console.log(`/slow ended after ${Math.round(performance.now() - before)} ms; ${running} still running`);
      }
    });
}
