/**
 * One request that makes three, to the app itself, and waits for all of them.
 *
 * @module
 */
import type { Hono } from "hono";
import { type Coroutine, fromPromise, gather, getRunningLoop, sleep } from "@loop/asyncio";
import { routes } from "@loop/asyncio/hono";

function* fetchPart(url: string): Coroutine<number> {
  // The signal aborts when the task is cancelled: who leaves /fan-out stops the three parts as well.
  const response = yield* fromPromise((signal) => fetch(url, { signal }));
  return Number(yield* fromPromise(response.text()));
}

/** The server says where it is. `c.req.url` does not: its host is what the client has written, and would be asked in the name of this program. */
export function addFanOut(app: Hono, base: () => string): void {
  routes(app)
    .get("/parts/:ms", function* (c) {
      const ms = Math.min(Math.max(Number(c.req.param("ms")) || 0, 0), 10_000);
      yield* sleep(ms);
      return c.text(String(ms));
    })
    .get("/fan-out", function* (c) {
      const start = getRunningLoop().time();
      const parts = yield* gather(...["100", "200", "300"].map((ms) => fetchPart(`${base()}/parts/${ms}`)));
      const total = Math.round(getRunningLoop().time() - start);
      return c.json({ parts, longest: Math.max(...parts), total });
    });
}
