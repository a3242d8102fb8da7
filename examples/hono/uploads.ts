/** Uploads that are read part by part, and what the others see of them while they come. */
import type { Hono } from "hono";
import { type Coroutine, Event, sleep } from "@loop/asyncio";
import { readBody } from "@loop/asyncio/http";
import { routes, streamSSE } from "@loop/asyncio/hono";

/** The most that is taken, in bytes. */
const LIMIT = 100_000_000;
/** So many bytes a second are taken, so that there is something to see. */
const SPEED = 10_000_000;

interface Progress {
  readonly received: number;
  readonly total: number | null;
  readonly state: "coming" | "done" | "given up";
}

/** An upload that is on its way. Whoever watches it waits for `changed`. */
class Upload {
  progress: Progress = { received: 0, total: null, state: "coming" };
  changed = new Event();
  /** How many coroutines use it. */
  users = 0;

  report(progress: Progress): void {
    this.progress = progress;
    this.changed.set();
    this.changed = new Event();
  }
}

export class Uploads {
  readonly #uploads = new Map<string, Upload>();

  /** Takes a body and forgets it. A client that leaves cancels this in the middle, as it does everything else. */
  *take(id: string, request: Request): Coroutine<Progress> {
    using entered = this.#enter(id);
    const { upload } = entered;
    const body = readBody(request, { limit: LIMIT });
    const report = (state: Progress["state"]) => upload.report({ received: body.received, total: body.length, state });
    try {
      for (let part = yield* body.read(); part !== null; part = yield* body.read()) {
        report("coming");
        yield* sleep(1_000 * part.length / SPEED);
      }
      report("done");
      return upload.progress;
    } finally {
      if (upload.progress.state !== "done") report("given up");
    }
  }

  /** Tells how far it is, again and again, until it is over. One may watch before anything has come. */
  *watch(id: string, tell: (progress: Progress) => Coroutine<void>): Coroutine<void> {
    using entered = this.#enter(id);
    for (;;) {
      const { progress, changed } = entered.upload;
      yield* tell(progress);
      if (progress.state !== "coming") return;
      yield* changed.wait();
    }
  }

  /** Forgotten as soon as nobody sends it or watches it. */
  #enter(id: string): Disposable & { readonly upload: Upload } {
    const upload = this.#uploads.get(id) ?? new Upload();
    this.#uploads.set(id, upload);
    upload.users++;
    return {
      upload,
      [Symbol.dispose]: () => {
        if (--upload.users === 0) this.#uploads.delete(id);
      },
    };
  }
}

export function addUploads(app: Hono, uploads: Uploads): void {
  routes(app)
    .post("/uploads/:id", function* (c) {
      return c.json(yield* uploads.take(c.req.param("id"), c.req.raw), 201);
    })
    .get("/uploads/:id", (c) =>
      streamSSE(c, (stream) =>
        uploads.watch(c.req.param("id"), function* (progress) {
          yield* stream.writeSSE({ data: JSON.stringify(progress) });
        })));
}
