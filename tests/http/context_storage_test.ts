import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { contextStorage, getContext } from "hono/context-storage";
import { call, type Coroutine, createTask, gather, sleep, taskGroup, timeout } from "../../mod.ts";
import { handler, middleware, routes } from "../../src/hono/mod.ts";
import { WAYS } from "../hono/ways.ts";

/** The path of the request as Hono's context storage has it, in the first step and after waits. */
function* path(): Coroutine<string> {
  const seen = [getContext().req.path];
  yield* sleep(0);
  seen.push(getContext().req.path);
  yield* sleep(1);
  seen.push(getContext().req.path);
  return [...new Set(seen)].join(" and ");
}

/** What a handler starts, and awaits the paths of. */
function* paths(): Coroutine<string[]> {
  const gathered = yield* gather(path(), path, async () => {
    await sleep(1);
    return getContext().req.path;
  });
  const grouped = yield* taskGroup(function* (group) {
    const child = group.createTask(path());
    const grandchild = group.createTask(function* () {
      yield* sleep(0);
      return yield* createTask(path);
    });
    return [yield* child, yield* grandchild];
  });
  const scoped = yield* timeout(60_000, function* () {
    return yield* gather([path(), call(path())]);
  });
  return [...gathered, ...grouped, ...scoped];
}

/** Apps whose handler of `/:name` answers with what `paths` sees. */
const APPS: Readonly<Record<string, () => Hono>> = {
  "a coroutine of routes()"() {
    const app = new Hono();
    app.use(contextStorage());
    routes(app).get("/:name", function* (c) {
      return c.json(yield* paths());
    });
    return app;
  },
  "a coroutine by handler()"() {
    const app = new Hono();
    app.use(contextStorage());
    app.get(
      "/:name",
      handler(function* (c) {
        yield* sleep(0);
        return c.json(yield* paths());
      }),
    );
    return app;
  },
  "a plain async handler behind middleware()"() {
    const app = new Hono();
    app.use(contextStorage(), middleware());
    app.get("/:name", async (c) => c.json(await createTask(paths)));
    return app;
  },
};

for (const [way, send] of Object.entries(WAYS)) {
  describe(`Hono's contextStorage, reached by ${way}`, () => {
    for (const [what, make] of Object.entries(APPS)) {
      it(`is seen by the tasks that ${what} starts, each its own request's`, async () => {
        const app = make();
        const names = ["/a", "/b", "/c"];
        const answers = await Promise.all(names.map((name) => send(app, name)));
        for (const [i, [status, text]] of answers.entries()) {
          assertEquals(status, 200, text);
          const seen = JSON.parse(text) as string[];
          assert(seen.length === 7 && seen.every((path) => path === names[i]), `${names[i]} sees ${seen}`);
        }
      });
    }
  });
}
