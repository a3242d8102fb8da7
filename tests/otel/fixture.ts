/** A program that tells OpenTelemetry of itself: Deno exports what it tells, with OTEL_DENO=true and nothing else. */
import { argv } from "node:process";
import { createTask, fromPromise, getRunningLoop, run, sleep, use } from "../../mod.ts";
import { serve } from "../../src/http/mod.ts";
import { addTelemetry } from "../../src/otel/mod.ts";

await run(function* () {
  using _telemetry = addTelemetry(getRunningLoop());
  yield* createTask(function* outer() {
    yield* createTask(sleep(5), { name: "inner" });
  });
  function* handler() {
    yield* createTask(sleep(1), { name: "look up" });
    return new Response("well");
  }
  yield* use(serve(handler, { port: 0 }), function* (server) {
    const response = yield* fromPromise(fetch(`${server.url}/path`));
    console.log(yield* fromPromise(response.text()));
    // The collector answers when it has what is measured.
    yield* fromPromise(fetch(`http://127.0.0.1:${argv[2]}/measured`));
  });
});
