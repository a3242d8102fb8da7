import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RawClient } from "../../adapters/raw_client.ts";
import { eventually } from "../../within.ts";
import { portOf, serving } from "../serving.ts";

const [onDeno, onBun] = ["Deno" in globalThis, "Bun" in globalThis];

/** Longer than a body takes for its next part, or for its end. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 10));

/** A body that comes in parts, each in a turn of its own. */
function parts(...texts: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const text = texts.shift();
      if (text === undefined) controller.close();
      else controller.enqueue(encoder.encode(text));
    },
  }, { highWaterMark: 0 });
}

/** Asks for each path by one connection, and gives what came in between. */
async function ask(port: number, ...requests: [method: string, path: string, until: string][]): Promise<string[]> {
  const client = await RawClient.connect(port);
  const answers: string[] = [];
  for (const [method, path, until] of requests) {
    client.received = "";
    client.request(method, path);
    await client.until(until);
    // The end of it may be on its way, and Bun closes a connection that goes on before that.
    await aWhile();
    answers.push(client.received);
  }
  await client.leave();
  return answers;
}

const lengths = (answer: string) => [...answer.matchAll(/^content-length: (.*)\r$/gim)].map(([, length]) => length);

const MADE: Record<string, () => Response> = {
  "/longer": () => new Response("longer than said", { headers: { "content-length": "3" } }),
  "/shorter": () => new Response("short", { headers: { "content-length": "300" } }),
  "/none": () => new Response(null, { headers: { "content-length": "300" } }),
  "/empty": () => new Response("", { headers: { "content-length": "300" } }),
  "/odd": () => new Response("odd", { headers: { "content-length": "0x3" } }),
  "/chunked": () => new Response("chunked", { headers: { "transfer-encoding": "chunked", "content-length": "3" } }),
  "/deleted": () => new Response(null, { status: 204, headers: { "content-length": "300" } }),
  "/reset": () => new Response(null, { status: 205, headers: { "content-length": "300" } }),
  "/next": () => new Response("the next one"),
  "/stream": () => new Response(parts("stre", "am"), { headers: { "content-length": "6" } }),
  "/stream/chunked": () => new Response(parts("stre", "am"), { headers: { "transfer-encoding": "chunked" } }),
  "/stream/both": () =>
    new Response(parts("stre", "am"), { headers: { "transfer-encoding": "chunked", "content-length": "6" } }),
  "/stream/odd": () => new Response(parts("stre", "am"), { headers: { "content-length": "six" } }),
  "/stream/longer": () => new Response(parts("stre", "am", "!!!"), { headers: { "content-length": "6" } }),
  "/stream/shorter": () => new Response(parts("stre", "am"), { headers: { "content-length": "60" } }),
};
const handler = (request: Request) => MADE[new URL(request.url).pathname]!();

describe("The length of a response", () => {
  for (
    const [path, until, length] of [
      ["/longer", "longer than said", "16"],
      ["/shorter", "short", "5"],
      ["/none", "\r\n\r\n", "0"],
      ["/empty", "\r\n\r\n", "0"],
      ["/odd", "\r\n\r\nodd", "3"],
      ["/chunked", "\r\n\r\nchunked", "7"],
      ["/deleted", "\r\n\r\n", undefined],
      ["/stream", "stream", "6"],
    ] as const
  ) {
    // Bun sends every stream in chunks.
    const ignore = onBun && path === "/stream";
    it(`is that of its body, and the connection goes on: ${path}`, { ignore }, async () => {
      const reports = await serving(handler, async (server) => {
        const [first, next] = await ask(portOf(server), ["GET", path, until], ["GET", "/next", "the next one"]);
        assertEquals(lengths(first!), length === undefined ? [] : [length]);
        assert(!/^transfer-encoding/im.test(first!), first);
        assertMatch(next!, /^HTTP\/1\.1 200 /);
      });
      assertEquals(reports, []);
    });
  }

  it("changes no status, and the outcome has that", async () => {
    const paths = ["/longer", "/shorter", "/none", "/empty", "/odd", "/deleted", "/reset"];
    const told: (number | null)[] = [];
    const seen: number[] = [];
    const reports = await serving(handler, async (server) => {
      for (const path of paths) {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", path);
        await client.until("\r\n\r\n");
        seen.push(Number(client.received.split(" ")[1]));
        await client.leave();
      }
      await eventually(() => told.length === paths.length, "the outcomes");
    }, { onOutcome: ({ status }) => told.push(status) });
    assertEquals(seen, [200, 200, 200, 200, 200, 204, 205]);
    assertEquals([told.toSorted(), reports], [seen, []]);
  });

  for (const path of ["/stream/chunked", "/stream/both", "/stream/odd"]) {
    it(`and what else frames it are never told together: ${path}`, async () => {
      const reports = await serving(handler, async (server) => {
        const [first, next] = await ask(portOf(server), ["GET", path, "am"], ["GET", "/next", "the next one"]);
        const framed = [...lengths(first!), ...first!.matchAll(/^transfer-encoding: /gim)];
        assertEquals(framed.length, 1, first);
        assertMatch(next!, /HTTP\/1\.1 200 /);
      });
      assertEquals(reports, []);
    });
  }

  // Deno asks a stream for no more than its head says.
  it("that a stream does not keep to breaks the connection off, and is reported", { ignore: onDeno }, async () => {
    const outcomes: string[] = [];
    const reports = await serving(handler, async (server) => {
      for (const path of ["/stream/longer", "/stream/shorter"]) {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", path);
        await client.closed;
        assertStringIncludes(client.received, "am");
        assert(!client.received.includes("!"), "More was sent than the client was told.");
      }
    }, { onOutcome: ({ outcome }) => void outcomes.push(outcome) });
    assertEquals(outcomes, ["failed", "failed"]);
    assertMatch(String(reports[0]!.exception), /Cannot send a body of at least 9 bytes with a content-length of 6/);
    assertMatch(String(reports[1]!.exception), /Cannot send a body of 6 bytes with a content-length of 60/);
  });

  // Deno says none of what was not modified.
  it("of a response to HEAD, or of one that was not modified, is the one it says", { ignore: onDeno }, async () => {
    const answers = {
      "/head": () => new Response(null, { headers: { "content-length": "300" } }),
      "/304": () => new Response(null, { status: 304, headers: { "content-length": "300" } }),
      "/next": () => new Response("the next one"),
    };
    await serving((request) => answers[new URL(request.url).pathname as "/head"](), async (server) => {
      const [head, notModified] = await ask(
        portOf(server),
        ["HEAD", "/head", "\r\n\r\n"],
        ["GET", "/304", "\r\n\r\n"],
        ["GET", "/next", "the next one"],
      );
      assertEquals([lengths(head!), lengths(notModified!)], [["300"], ["300"]]);
    });
  });

  it("and the connection of a response that was fetched elsewhere are not passed on", async () => {
    const fetched = new Headers({
      "transfer-encoding": "chunked",
      "keep-alive": "timeout=1",
      connection: "keep-alive",
      trailer: "x-sum",
    });
    await serving(() => new Response(parts("pas", "sed"), { headers: fetched }), async (server) => {
      const [first, second] = await ask(portOf(server), ["GET", "/", "sed"], ["GET", "/", "sed"]);
      for (const answer of [first!, second!]) {
        assertEquals([...answer.matchAll(/^transfer-encoding: /gim)].length, 1);
        assert(!/timeout=1\r|^trailer/im.test(answer), answer);
      }
    });
  });
});
