import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { currentTask, fromPromise, sleep } from "../../../mod.ts";
import type { ServeHandler } from "../../../src/http/mod.ts";
import { get, serving, sign } from "../serving.ts";
import { eventually } from "../../within.ts";

// A timeout that is a race answers in time, while the handler goes on with nobody waiting for it, and its signal stays silent.
describe("A deadline of a request", () => {
  it("leaves nothing of the handler running, and aborts its signal with the reason", async () => {
    const aborted = sign();
    const log: string[] = [];
    const handler: ServeHandler = function* () {
      const { signal } = currentTask()!;
      signal.addEventListener("abort", () => {
        log.push(String(signal.reason));
        aborted.give();
      });
      for (;;) yield* sleep(1);
    };
    await serving(handler, async (server) => {
      assertEquals((await get(server))[0], 504);
      await aborted.seen;
      await eventually(() => server.pending === 0, "server.pending === 0");
    }, { requestTimeout: 5 });
    assertEquals(log, ["CancelledError: request timed out"]);
  });

  it("reaches what the handler awaits of the host", async () => {
    const aborted = sign();
    const handler: ServeHandler = function* () {
      yield* fromPromise((signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            aborted.give();
            reject(signal.reason);
          });
        })
      );
      return new Response();
    };
    const reports = await serving(handler, async (server) => {
      assertEquals((await get(server))[0], 504);
      await aborted.seen;
    }, { requestTimeout: 5 });
    assertEquals(reports, []);
  });

  it("leaves no timer behind when the server closes", async () => {
    await serving(() => sleep(1, new Response("in time")), async (server) => {
      assertEquals(await get(server), [200, "in time"]);
    }, { requestTimeout: 60_000 });
  });
});
