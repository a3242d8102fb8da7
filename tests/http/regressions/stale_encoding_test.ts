/** What fetch() had decoded was passed on as gzip, and with the length that it had as gzip. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { createServer, type IncomingMessage, request as httpRequest } from "node:http";
import * as zlib from "node:zlib";
import { sleep } from "../../../mod.ts";
import { type ServeHandler, streamResponse } from "../../../src/http/mod.ts";
import { within } from "../../within.ts";
import { RawClient } from "../../adapters/raw_client.ts";
import { portOf, serving, sign } from "../serving.ts";

type Bytes = Uint8Array<ArrayBuffer>;
const toBytes = (text: string): Bytes => new TextEncoder().encode(text);
const own = (bytes: Uint8Array): Bytes => new Uint8Array(bytes);

const CODINGS: Record<string, { encode(bytes: Bytes): Bytes; decode(bytes: Bytes): Bytes }> = {
  gzip: { encode: (bytes) => own(zlib.gzipSync(bytes)), decode: (bytes) => own(zlib.gunzipSync(bytes)) },
  deflate: { encode: (bytes) => own(zlib.deflateSync(bytes)), decode: (bytes) => own(zlib.inflateSync(bytes)) },
  br: {
    encode: (bytes) => own(zlib.brotliCompressSync(bytes)),
    decode: (bytes) => own(zlib.brotliDecompressSync(bytes)),
  },
  "gzip, br": {
    encode: (bytes) => own(zlib.brotliCompressSync(zlib.gzipSync(bytes))),
    decode: (bytes) => own(zlib.gunzipSync(zlib.brotliDecompressSync(bytes))),
  },
};

/** A text, something that is none, and what comes in many parts. */
const BODIES: Record<string, Bytes> = {
  "a text": toBytes('{"a":1,"b":"\u00e4"}'),
  "a program": new Uint8Array([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    1,
    5,
    1,
    0x60,
    0,
    1,
    0x7f,
    3,
    2,
    1,
    0,
    7,
    5,
    1,
    1,
    0x61,
    0,
    0,
  ]),
  "a large body": toBytes(Array.from({ length: 8_000 }, (_, i) => `line ${i * i}\n`).join("")),
};

/** Serves bodies by their name and coding, `?coding=gzip&body=a text`. */
async function upstream(body: (url: string) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, "http://localhost");
    const coding = searchParams.get("coding")!;
    const bytes = CODINGS[coding]!.encode(BODIES[searchParams.get("body")!]!);
    response.writeHead(200, {
      "content-encoding": coding,
      "content-length": bytes.length,
      "x-note": "kept",
    });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  try {
    await body(`http://127.0.0.1:${port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Asks without decoding anything. */
function ask(url: string, method = "GET"): Promise<{ headers: Record<string, unknown>; body: Bytes }> {
  const asked = new Promise<{ headers: Record<string, unknown>; body: Bytes }>((resolve, reject) => {
    const request = httpRequest(url, { method, agent: false }, (response: IncomingMessage) => {
      const parts: Uint8Array[] = [];
      response.on("data", (part: Uint8Array) => parts.push(part));
      response.on("end", () => {
        const body = new Uint8Array(parts.reduce((size, { length }) => size + length, 0));
        let at = 0;
        for (const part of parts) {
          body.set(part, at);
          at += part.length;
        }
        resolve({ headers: response.headers, body });
      });
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end();
  });
  return within(asked, `an answer from ${url}`);
}

/** Fails unless the body is what it should be, encoded as the headers say. */
function check({ headers, body }: Awaited<ReturnType<typeof ask>>, expected: Bytes, what: string): void {
  const coding = headers["content-encoding"] as string | undefined;
  const decoded = coding === undefined ? body : CODINGS[coding]!.decode(body);
  assertEquals(decoded.length, expected.length, what);
  assert(decoded.every((byte, i) => byte === expected[i]), what);
  assertEquals(headers["content-length"] ?? `${body.length}`, `${body.length}`, what);
}

const hono = (url: string) => new Hono().use(cors()).get("*", (c) => fetch(url + new URL(c.req.url).search)).fetch;

const ways: Record<string, (url: string) => ServeHandler> = {
  "as it is": (url) => (request) => fetch(url + new URL(request.url).search),
  "as a copy": (url) => async (request) => {
    const response = await fetch(url + new URL(request.url).search);
    return new Response(response.body, response);
  },
  "by its body and its headers": (url) => async (request) => {
    const { body, headers } = await fetch(url + new URL(request.url).search);
    return new Response(body, { headers });
  },
  "as bytes that were read": (url) => async (request) => {
    const response = await fetch(url + new URL(request.url).search);
    return new Response(await response.arrayBuffer(), response);
  },
  "by streamResponse()": (url) => async (request) => {
    const { body, headers } = await fetch(url + new URL(request.url).search);
    return streamResponse((stream) => stream.pipe(body!), { headers });
  },
  "by a Hono app behind a middleware": hono,
};

describe("The response of a fetch that is passed on", () => {
  for (const [way, handler] of Object.entries(ways)) {
    it(`says of its body what is true: ${way}`, async () => {
      await upstream(async (url) => {
        const reports = await serving(handler(url), async (server) => {
          for (const coding of Object.keys(CODINGS)) {
            for (const [name, expected] of Object.entries(BODIES)) {
              const query = new URLSearchParams({ coding, body: name });
              const answer = await ask(`${server.url}/?${query}`);
              check(answer, expected, `${name}, ${coding}`);
              assertEquals(answer.headers["x-note"], "kept");
            }
          }
        });
        assertEquals(reports, []);
      });
    });
  }
});

describe("A response that is encoded as its headers say", () => {
  const text = BODIES["a large body"]!;
  const encoded: Record<string, ServeHandler> = {
    "bytes that the handler has encoded": () =>
      new Response(CODINGS.gzip!.encode(text), { headers: { "content-encoding": "gzip" } }),
    "bytes in br": () => new Response(CODINGS.br!.encode(text), { headers: { "Content-Encoding": "br" } }),
    "bytes in deflate": () =>
      new Response(CODINGS.deflate!.encode(text), { headers: { "content-encoding": "deflate" } }),
    "a stream that the handler encodes": () =>
      new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")), {
        headers: { "content-encoding": "gzip" },
      }),
    "what a task writes byte by byte at first": () =>
      streamResponse(function* (stream) {
        const bytes = CODINGS.gzip!.encode(text);
        for (let i = 0; i < 4; i++) {
          yield* stream.write(bytes.subarray(i, i + 1));
          yield* sleep(1);
        }
        yield* stream.write(bytes.subarray(4));
      }, { headers: { "content-encoding": "gzip" } }),
  };
  for (const [what, handler] of Object.entries(encoded)) {
    it(`is sent as it is: ${what}`, async () => {
      await serving(handler, async (server) => {
        const answer = await ask(server.url);
        check(answer, text, what);
        assert(answer.headers["content-encoding"] !== undefined);
      });
    });
  }

  it("is sent as it is by a middleware of Hono that compresses", async () => {
    const app = new Hono().use(compress({ encoding: "gzip" })).get("*", (c) => c.body(text));
    await serving(app.fetch, async (server) => {
      const response = await fetch(server.url, { headers: { "accept-encoding": "gzip" } });
      assertEquals(new Uint8Array(await response.arrayBuffer()), text);
    });
  });

  it("is sent as it is if it is a part, or its encoding is none that fetch() decodes", async () => {
    const others: ResponseInit[] = [
      { status: 206, headers: { "content-encoding": "gzip" } },
      { headers: { "content-encoding": "x-secret" } },
      { headers: { "content-encoding": "identity" } },
    ];
    for (const init of others) {
      await serving(() => new Response("as it is", init), async (server) => {
        const { headers, body } = await ask(server.url);
        assertEquals(headers["content-encoding"], new Headers(init.headers).get("content-encoding"));
        assertEquals(new TextDecoder().decode(body), "as it is");
      });
    }
  });

  it("is answered with a 500 if it fails at once, and let go of if the client leaves before it begins", async () => {
    const headers = { "content-encoding": "gzip" };
    const failing = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.error(new RangeError("oops")) }), { headers });
    if ("Bun" in globalThis) {
      const reports = await serving(failing, async (server) => {
        const response = await fetch(server.url);
        assertEquals([response.status, await response.text()], [500, "Internal Server Error"]);
      });
      assertEquals(reports.map(({ exception }) => String(exception)), ["RangeError: oops"]);
    }
    const [asked, left] = [sign(), sign()];
    const silent = () =>
      new Response(new ReadableStream({ pull: asked.give, cancel: left.give }, { highWaterMark: 0 }), { headers });
    await serving(silent, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await within(asked.seen, "the question for a part");
      await client.leave();
      await within(left.seen, "the news that the client has left");
    });
  });
});
