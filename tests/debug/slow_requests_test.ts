/** Slow steps that are in no batch of the loop: the first one of a request, which is the host's callback. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { call, fromPromise, run, sleep, timeout } from "../../mod.ts";
import { serve, type ServeHandler } from "../../src/http/mod.ts";
import { Reports } from "./reports.ts";

const handlers: Record<string, ServeHandler> = {
  // deno-lint-ignore require-yield -- it answers in its first step
  coroutine: function* () {
    return new Response("done");
  },
  "plain function": () => new Response("done"),
};

describe("A request that keeps everything else waiting", () => {
  for (const [form, handler] of Object.entries(handlers)) {
    it(`is told, once, also if it answers in its first step: ${form}`, async () => {
      const reports = new Reports(1);
      await run(function* () {
        const server = yield* serve(handler, { hostname: "127.0.0.1", port: 0, onListen: () => {} });
        const answer = yield* fromPromise(() => fetch(`http://127.0.0.1:${server.port}/slow`));
        assertEquals(yield* fromPromise(() => answer.text()), "done");
        server.close();
        yield* server.waitClosed();
      }, {
        loopFactory: () => {
          const loop = reports.makeLoop();
          // Each step is slow.
          loop.slowCallbackDuration = 0;
          return loop;
        },
      });
      const told = reports.warnings.filter((warning) => warning.includes("name='GET /slow'"));
      assertEquals(told.length, 1, told.join("\n"));
      assertMatch(
        told[0]!,
        /^Executing <Task .*> took .* ms\. It kept everything else waiting; split it by sleep\(0\)/,
      );
    });
  }
});

describe("A coroutine that goes on in a microtask, when the function that it has called is over", () => {
  const calls = {
    "call()": () => call(async () => await sleep(1)),
    "call() of a function that does not wait": () => call(async () => {}),
    "timeout()": () => timeout(10_000_000, async () => await sleep(1)),
  };
  for (const [name, awaited] of Object.entries(calls)) {
    it(`is told once if it is slow: ${name}`, async () => {
      const reports = new Reports();
      await run(function* () {
        yield* awaited();
        reports.forward += 1_500_000;
        yield* sleep(1);
      }, { loopFactory: () => reports.makeLoop() });
      assertEquals(reports.warnings.length, 1, reports.warnings.join("\n"));
      assertMatch(reports.warnings[0]!, /^Executing <Task .*> took 1\d{6}\.\d ms\./);
    });
  }
});
