/** What a closing server had printed ended with "tasks: [… 1 items]", and a sleep with the loop's clock: "<sleep until=35159.165307>". */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, type ExceptionContext, Future, getRunningLoop, run, sleep, Task } from "../../../mod.ts";
import { serve } from "../../../src/http/mod.ts";
import { withErrorsKept } from "../../adapters/adapters.ts";
import { get, GRACE, sign } from "../serving.ts";

/** Leaves a request running while its server closes. */
async function leave(closing: (server: Awaited<ReturnType<typeof serve>>) => void): Promise<void> {
  const waits = sign();
  const handler = function* () {
    createTask(sleep(60_000), { name: "helper" });
    yield* sleep(0);
    waits.give();
    yield* new Future<never>();
    return new Response();
  };
  const server = await serve(handler, { port: 0, gracePeriod: GRACE });
  const answer = get(server, "/slow");
  await waits.seen;
  closing(server);
  await answer;
  await server.closed;
}

describe("What a closing server tells of what it has cancelled", () => {
  it("is printed as a tree for people, and nothing else", async () => {
    const errors = await withErrorsKept(() => run(() => leave((server) => server.close())));
    // Deno may print something of its own, once.
    const text = errors.map((args) => args.join(" ")).filter((text) => text.startsWith("<HttpServer")).join("\n");
    const [title, ...lines] = text.split("\n");
    assertMatch(title!, /^<HttpServer closing http:\/\/127\.0\.0\.1:\d+> cancelled .*: 1 request\(s\)$/);
    assertEquals(lines.map((line) => line.replace(/in 1 min 0 s|in \d\d\.\d s/, "in a minute")), [
      "GET /slow waits for a future",
      "└─ helper waits for <sleep until in a minute>",
    ]);
  });

  it("has the tasks for a handler of exceptions that looks for them", async () => {
    const told: ExceptionContext[] = [];
    await run(async () => {
      getRunningLoop().setExceptionHandler((_loop, context) => told.push(context));
      await leave((server) => server.close());
    });
    const tasks = told[0]!.tasks as Task<unknown>[];
    assertEquals([told.length, tasks.map((task) => [task instanceof Task, task.getName()])], [1, [[
      true,
      "GET /slow",
    ]]]);
  });
});
