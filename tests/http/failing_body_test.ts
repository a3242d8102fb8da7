import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fromPromise, sleep } from "../../mod.ts";
import { type RequestOutcome, type ServeHandler, type ServeOptions, streamResponse } from "../../src/http/mod.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { eventually } from "../within.ts";
import { get, portOf, serving } from "./serving.ts";

const encoder = new TextEncoder();

/** Longer than a host waits for what it could send otherwise, on a machine that is busy with something else as well. */
async function pause(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

const oops = (): never => {
  throw new RangeError("oops");
};

/** A stream that nothing of the module produces. */
function foreign(pull: (controller: ReadableStreamDefaultController, count: number) => unknown): Response {
  let count = 0;
  return new Response(
    new ReadableStream({
      async pull(controller) {
        await pull(controller, count++);
      },
    }, { highWaterMark: 0 }),
  );
}

const part = (controller: ReadableStreamDefaultController) => controller.enqueue(encoder.encode("part"));

/** What fails before a client can have anything of it. */
const atOnce: Record<string, ServeHandler> = {
  "a stream that is broken from the start": () =>
    new Response(new ReadableStream({ start: (controller) => controller.error(new RangeError("oops")) })),
  "a stream whose first part fails": () => foreign(oops),
  "a stream that gives a part and fails at once": () =>
    foreign((controller, count) => count === 0 ? part(controller) : oops()),
  "a stream behind a transform": () => new Response(foreign(oops).body!.pipeThrough(new TransformStream())),
  "an async iterable": () =>
    // deno-lint-ignore require-yield
    new Response(ReadableStream.from((async function* () {
      await null;
      oops();
    })())),
  "a stream that gives something else than bytes": () => foreign((controller) => controller.enqueue({ no: "bytes" })),
  "a stream that a parked handler gives": async () => {
    await sleep(1);
    return foreign(oops);
  },
  "a stream that a coroutine gives": function* () {
    yield* sleep(1);
    return foreign(oops);
  },
  "streamResponse()": () => streamResponse(oops),
  "streamResponse() with an async function": () =>
    streamResponse(async () => {
      await null;
      oops();
    }),
  "streamResponse() that a parked handler gives": function* () {
    yield* sleep(1);
    return streamResponse(oops);
  },
  "streamResponse() that a handler gives which has kept the loop for longer than its slice": function* () {
    yield* sleep(1);
    for (const end = performance.now() + 10; performance.now() < end;);
    return streamResponse(oops);
  },
  "streamResponse() with an async function, given by such a handler": function* () {
    yield* sleep(1);
    for (const end = performance.now() + 10; performance.now() < end;);
    return streamResponse(async () => {
      await null;
      oops();
    });
  },
  "streamResponse() that writes and fails at once": () =>
    streamResponse(function* (stream) {
      yield* stream.write("part");
      oops();
    }),
};

/** A handler that is told when a part of its body is with the client. */
type Midway = (hasPart: Promise<void>) => Response;

/** What fails when a part of it is with the client. */
const midway: Record<string, Midway> = {
  "a stream": (hasPart) =>
    foreign(async (controller, count) => {
      await pause();
      if (count === 0) return part(controller);
      await hasPart;
      oops();
    }),
  "a stream that is not read for a while": (hasPart) =>
    foreign(async (controller, count) => {
      if (count === 0) return part(controller);
      await hasPart;
      oops();
    }),
  "streamResponse()": (hasPart) =>
    streamResponse(async (stream) => {
      await stream.write("part");
      await hasPart;
      oops();
    }),
};

/** Makes one request, then one that shows that all is well; gives the first answer, the reports and the outcomes. */
async function failing(
  handler: ServeHandler | Midway,
  options: ServeOptions = {},
): Promise<{ received: string; reports: string[]; told: RequestOutcome[] }> {
  const told: RequestOutcome[] = [];
  const hasPart = Promise.withResolvers<void>();
  let received = "";
  const reports = await serving(
    (request) => request.url.endsWith("/alive") ? new Response("yes") : (handler as Midway)(hasPart.promise),
    async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET", "/x", "Connection: close");
      client.until("part").then(() => hasPart.resolve(), () => {});
      await client.closed;
      received = client.received;
      assertEquals(await get(server, "/alive"), [200, "yes"]);
      if (options.onOutcome !== undefined) await eventually(() => told.length === 2, "both outcomes");
    },
    { ...options, ...(options.onOutcome === undefined ? {} : { onOutcome: (outcome) => told.push(outcome) }) },
  );
  return { received, reports: reports.map(({ exception }) => String(exception)), told };
}

// TODO: Node.
const listens = { onOutcome: () => {} };
const ERROR = /^(RangeError: oops|TypeError: .*bytes)/;

describe("A body that fails at once", () => {
  for (const [what, handler] of Object.entries(atOnce)) {
    it(`is answered with a 500 and reported: ${what}`, async () => {
      const { received, reports } = await failing(handler);
      assertMatch(received, /^HTTP\/1\.1 500 .*\r\n\r\nInternal Server Error$/s);
      assertEquals(reports.length, 1, reports.join());
      assertMatch(reports[0]!, ERROR);
    });

    it(`has the outcome "failed", with the error: ${what}`, async () => {
      const { told: [ended] } = await failing(handler, listens);
      assertEquals([ended!.outcome, ended!.status], ["failed", 500]);
      assertMatch(String(ended!.error), ERROR);
    });
  }

  it("is told to onError, whose answer is sent", async () => {
    for (const handler of [atOnce["a stream whose first part fails"]!, atOnce["a stream that a coroutine gives"]!]) {
      const seen: string[] = [];
      const { received, reports } = await failing(handler, {
        onError: (error, request) => {
          seen.push(`${error} ${new URL(request.url).pathname}`);
          return new Response("mine", { status: 418 });
        },
      });
      assertMatch(received, /^HTTP\/1\.1 418 .*\r\n\r\nmine$/s);
      assertEquals([seen, reports], [["RangeError: oops /x"], []]);
    }
  });
});

describe("A body that fails midway", () => {
  for (const [what, handler] of Object.entries(midway)) {
    it(`breaks the connection off, and is reported: ${what}`, async () => {
      const { received, reports } = await failing(handler);
      assertMatch(received, /^HTTP\/1\.1 200 .*part/s);
      assert(!received.includes("\r\n0\r\n"), received);
      assertEquals(reports, ["RangeError: oops"]);
    });

    it(`has the outcome "failed", with the error: ${what}`, async () => {
      const { told: [ended] } = await failing(handler, listens);
      assertEquals([ended!.outcome, ended!.status, String(ended!.error)], ["failed", 200, "RangeError: oops"]);
      assertEquals(ended!.bytes, 4);
    });
  }
});

describe("A body that fails with an AbortError, and not since its client has left", () => {
  const aborted = (): never => {
    throw new DOMException("of a fetch", "AbortError");
  };

  it("is answered with a 500, reported and has failed if it fails at once", async () => {
    const { received, reports, told: [ended] } = await failing(() => foreign(aborted), listens);
    assertMatch(received, /^HTTP\/1\.1 500 /);
    assertEquals(reports, ["AbortError: of a fetch"]);
    assertEquals([ended!.outcome, ended!.status, String(ended!.error)], ["failed", 500, "AbortError: of a fetch"]);
  });

  it("breaks the connection off, is reported and has failed if it fails midway", async () => {
    const { received, reports, told: [ended] } = await failing(
      (hasPart: Promise<void>) =>
        foreign(async (controller, count) => {
          await (count === 0 ? pause() : hasPart);
          if (count === 0) part(controller);
          else aborted();
        }),
      listens,
    );
    assertMatch(received, /^HTTP\/1\.1 200 .*part/s);
    assert(!received.includes("\r\n0\r\n"), received);
    assertEquals(reports, ["AbortError: of a fetch"]);
    assertEquals([ended!.outcome, ended!.status, String(ended!.error)], ["failed", 200, "AbortError: of a fetch"]);
  });

  it("is no other failure than its own if it is compressed", async () => {
    // On Node what compresses fails with an AbortError.
    for (const turns of [0, 1, 5, 20]) {
      const { reports, told: [ended] } = await failing(() => {
        const { body } = streamResponse(async (stream) => {
          await stream.write("part");
          for (let turn = 0; turn < turns; turn++) await sleep(0);
          oops();
        });
        const headers = { "content-encoding": "gzip" };
        return new Response(body!.pipeThrough(new CompressionStream("gzip")), { headers });
      }, listens);
      assertEquals([turns, ...reports], [turns, "RangeError: oops"]);
      assertEquals([turns, ended!.outcome, String(ended!.error)], [turns, "failed", "RangeError: oops"]);
    }
  });
});

describe("A body that is not as long as its head says", () => {
  /** Says 6 bytes, and gives so many parts of 4. */
  const wrong = (parts: number): Midway => (hasPart) =>
    new Response(
      foreign(async (controller, count) => {
        await (count === 0 ? pause() : hasPart);
        if (count < parts) part(controller);
        else controller.close();
      }).body,
      { headers: { "content-length": "6" } },
    );

  /** The same from a task, in each form. */
  const wrongOfTask = (parts: number): Midway => (hasPart) =>
    streamResponse(function* (stream) {
      for (let i = 0; i < parts; i++) {
        yield* stream.write("part");
        if (i === 0) yield* fromPromise(hasPart);
      }
    }, { headers: { "content-length": "6" } });
  const wrongOfAsyncTask = (parts: number): Midway => (hasPart) =>
    streamResponse(async (stream) => {
      for (let i = 0; i < parts; i++) {
        await stream.write(encoder.encode("part"));
        if (i === 0) await hasPart;
      }
    }, { headers: { "content-length": "6" } });

  for (const [what, parts] of [["shorter", 1], ["longer", 3]] as const) {
    for (const [which, made] of [["a coroutine", wrongOfTask], ["an async function", wrongOfAsyncTask]] as const) {
      it(`breaks the connection off if ${which} writes one that is ${what}, and is reported`, async () => {
        const { received, reports, told: [ended] } = await failing(made(parts), listens);
        assertMatch(received, /^HTTP\/1\.1 200 .*part/s);
        assert(!received.includes("\r\n0\r\n"), received);
        assertEquals(reports.length, 1, reports.join());
        const sent = parts === 1 ? "4 bytes" : "at least 8 bytes";
        assert(
          reports[0]!.startsWith(`TypeError: Cannot send a body of ${sent} with a content-length of 6: `),
          reports[0],
        );
        assertEquals([ended!.outcome, ended!.status, String(ended!.error)], ["failed", 200, reports[0]]);
        assertEquals(ended!.bytes, 4);
      });
    }

    it(`breaks the connection off if it is ${what}, and is reported`, async () => {
      const { received, reports, told: [ended] } = await failing(wrong(parts), listens);
      assertMatch(received, /^HTTP\/1\.1 200 .*part/s);
      assert(!received.includes("\r\n0\r\n"), received);
      assert(!received.includes("partpart"), received);
      assertEquals(reports.length, 1);
      assertMatch(reports[0]!, /^TypeError: Cannot send a body of .* bytes with a content-length of 6: /);
      assertEquals([ended!.outcome, String(ended!.error)], ["failed", reports[0]]);
    });
  }

  it("is sent with its own length if it is there as a whole", async () => {
    const whole: Record<string, () => BodyInit> = {
      "a text": () => "part",
      bytes: () => encoder.encode("part"),
      "a stream that ends at once": () =>
        foreign((controller, count) => count === 0 ? part(controller) : controller.close()).body!,
    };
    for (const [what, body] of Object.entries(whole)) {
      for (const length of ["1", "9", "x"]) {
        const handler = () => new Response(body(), { headers: { "content-length": length } });
        const { received, reports } = await failing(handler);
        assertMatch(received, /^HTTP\/1\.1 200 .*\r\ncontent-length: 4\r\n.*part$/is, `${what}, ${length}`);
        assertEquals(reports, []);
      }
    }
  });

  it("is answered with a 500 if a task writes it at once", async () => {
    for (const text of ["part", "part part"]) {
      const headers = { "content-length": "6" };
      const handler = () => streamResponse((stream) => stream.write(text), { headers });
      const { received, reports, told: [ended] } = await failing(handler, listens);
      assertMatch(received, /^HTTP\/1\.1 500 /);
      assertMatch(String(reports[0]), /^TypeError: Cannot send a body of .* bytes with a content-length of 6: /);
      assertEquals([reports.length, ended!.outcome, ended!.status], [1, "failed", 500]);
    }
  });

  it("is sent as a task writes it if the length is right", async () => {
    const handler = (hasPart: Promise<void>) =>
      streamResponse(async (stream) => {
        await stream.write("pärt part");
        await hasPart;
        await stream.write(encoder.encode("!"));
      }, { headers: { "content-length": "11" } });
    const { received, reports, told: [ended] } = await failing(handler, listens);
    assertMatch(received, /^HTTP\/1\.1 200 .*part.*!/s);
    assertEquals([reports, ended!.outcome, ended!.bytes], [[], "delivered", 11]);
  });

  it("is sent as it is if the length is right", async () => {
    const handler = () =>
      new Response(
        foreign(async (controller, count) => {
          await pause();
          if (count < 2) part(controller);
          else controller.close();
        }).body,
        { headers: { "content-length": "8" } },
      );
    const { received, reports, told: [ended] } = await failing(handler, listens);
    // A host may be done before it has heard that nothing more comes.
    await pause();
    assertMatch(received, /^HTTP\/1\.1 200 .*part.*part/s);
    assertEquals([reports, ended!.outcome, ended!.bytes], [[], "delivered", 8]);
  });
});
