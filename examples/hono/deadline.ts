/** Work with a deadline, and work that ends when its client leaves. */
import type { Hono } from "hono";
import { type Coroutine, sleep } from "@loop/asyncio";
import { deadline, routes } from "@loop/asyncio/hono";

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
  app.use(
    "/deadline",
    // When this is called the finally block of the work has run.
    deadline(300, { answer: (c) => c.json({ error: "the work took longer than 300 ms", running }, 504) }),
  );
  routes(app)
    .get("/deadline", function* (c) {
      return c.text(yield* work());
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
