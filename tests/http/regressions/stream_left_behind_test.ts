// Bodies without an await are coroutines as well.
// deno-lint-ignore-file require-yield
/** A body that was being read when its reader was cancelled stayed locked, and its connection open. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, forEach, sleep, type Task } from "../../../mod.ts";
import { streamResponse } from "../../../src/http/mod.ts";
import { within } from "../../within.ts";
import { serving, sign } from "../serving.ts";

const encoder = new TextEncoder();

/** What reads a stream, until it is cancelled. */
const readers: Record<string, (body: ReadableStream<Uint8Array<ArrayBuffer>>, seen: () => void) => Task<unknown>> = {
  "forEach()": (body, seen) =>
    createTask(forEach(body, function* () {
      seen();
    })),
  "forEach() in an async function": (body, seen) =>
    createTask(async () => {
      await forEach(body, () => Promise.resolve(seen()));
    }),
  "pipe() of streamResponse()": (body, seen) =>
    createTask(function* () {
      const response = streamResponse((stream) => stream.pipe(body));
      yield* forEach(response.body!, function* () {
        seen();
      });
    }),
};

describe("The body of a fetch that is left behind by a cancel", () => {
  for (const [what, read] of Object.entries(readers)) {
    it(`is let go of, and its connection ends: ${what}`, async () => {
      const [left, seen] = [sign(), sign()];
      const handler = () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(encoder.encode("tick")),
            cancel: left.give,
          }),
        );
      await serving(handler, async (server) => {
        const { body } = await fetch(server.url);
        const task = read(body!, seen.give);
        await within(seen.seen, "the first part");
        await sleep(5);
        task.cancel();
        await within(left.seen, "the end of the connection");
        await sleep(5);
        assert(task.cancelled());
        assertEquals(body!.locked, false);
      });
    });
  }
});
