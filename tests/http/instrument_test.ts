import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { currentTask, sleep } from "../../mod.ts";
import { Instrument } from "../../src/core/instruments.ts";
import { HttpError, type ServeHandler, type ServeOptions, streamResponse } from "../../src/http/mod.ts";
import { eventually } from "../within.ts";
import { get, serving } from "./serving.ts";

/** Serves, makes one request, and gives what an instrument is told of it. */
async function toldOf(handler: ServeHandler, options: ServeOptions = {}): Promise<string> {
  const told: string[] = [];
  await serving(handler, async (server) => {
    const instrument = new Instrument({
      taskDone: (task) => told.push(`done ${task.getName()}`),
      requestEnded: ({ task, request, outcome, status }) =>
        told.push(`${task.getName()} ${new URL(request.url).search} ${outcome} ${status}`),
    });
    server.getLoop().addInstrument(instrument);
    await get(server, "/x?y");
    await eventually(() => told.some((one) => one.startsWith("GET")), "the end of the request");
    server.getLoop().removeInstrument(instrument);
  }, options);
  return told.filter((one) => one.includes("GET /x")).join(", ");
}

describe("An instrument of a loop that serves", () => {
  it("is told of a request after its task, whether its handler parks or not", async () => {
    const handlers: ServeHandler[] = [
      () => new Response("at once"),
      function* () {
        yield* sleep(1);
        return new Response("later");
      },
      async () => {
        await sleep(1);
        return new Response("later");
      },
    ];
    for (const handler of handlers) assertEquals(await toldOf(handler), "done GET /x, GET /x ?y delivered 200");
  });

  it("is told when the body is sent and what the request has started has ended", async () => {
    const told = await toldOf(() =>
      streamResponse(function* (writer) {
        yield* writer.write("a");
        yield* sleep(2);
        yield* writer.write("b");
      })
    );
    assertEquals(told.endsWith("GET /x ?y delivered 200"), true, told);
  });

  it("is told how it has failed", async () => {
    const onError = () => new Response("handled", { status: 502 });
    const fails = () => {
      throw new Error("broken");
    };
    assertEquals(await toldOf(fails, { onError }), "done GET /x, GET /x ?y failed 502");
    const teapot = () => {
      throw new HttpError(418, "a teapot");
    };
    assertEquals(await toldOf(teapot), "done GET /x, GET /x ?y delivered 418");
    const cancelled = function* () {
      currentTask()?.cancel();
      yield* sleep(1_000);
      return new Response();
    };
    assertEquals(await toldOf(cancelled), "done GET /x, GET /x ?y failed 503");
    const late = await toldOf(() => sleep(60_000).then(() => new Response()), { requestTimeout: 5 });
    assertEquals(late.endsWith("GET /x ?y timedOut 504"), true, late);
  });
});
