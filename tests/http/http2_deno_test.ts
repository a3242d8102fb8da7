import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import http2 from "node:http2";
import { LOCALHOST } from "../contract/certificates.ts";
import { sleep } from "../../mod.ts";
import {
  type HttpServer,
  readBody,
  type RequestOutcome,
  type ServeHandler,
  streamResponse,
  upgradeWebSocket,
} from "../../src/http/mod.ts";
import { eventually, within } from "../within.ts";
import { serving, sign } from "./serving.ts";

/** One answer. */
interface Answer {
  readonly status: number;
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: string;
}

/** A client with one connection. */
class Client {
  readonly #session: http2.ClientHttp2Session;
  readonly closed: Promise<void>;

  constructor(server: HttpServer) {
    this.#session = http2.connect(server.url, { rejectUnauthorized: false });
    this.#session.on("error", () => {});
    this.closed = new Promise((resolve) => this.#session.once("close", () => resolve()));
  }

  begin(path: string, headers: Record<string, string> = {}): http2.ClientHttp2Stream {
    const stream = this.#session.request({ ":path": path, ...headers });
    stream.on("error", () => {});
    return stream;
  }

  ask(path: string, headers: Record<string, string> = {}, body?: string | Uint8Array): Promise<Answer> {
    const stream = this.begin(path, headers);
    const answer = new Promise<Answer>((resolve, reject) => {
      let got: http2.IncomingHttpHeaders = {};
      let text = "";
      stream.setEncoding("utf8");
      stream.on("response", (headers) => got = headers);
      stream.on("data", (part: string) => text += part);
      stream.on("end", () => resolve({ status: Number(got[":status"]), headers: got, body: text }));
      stream.on("error", reject);
    });
    stream.end(body);
    return within(answer, `the answer to ${path}`);
  }

  leave(): void {
    this.#session.destroy();
  }

  end(): void {
    this.#session.close();
  }
}

for (const [what, options] of [["in the clear", {}], ["over TLS", { tls: LOCALHOST }]] as const) {
  /** Serves, and gives a client, the outcomes and what was reported. */
  const over = async (
    handler: ServeHandler,
    body: (client: Client, server: HttpServer, told: RequestOutcome[]) => Promise<void>,
  ): Promise<unknown[]> => {
    const told: RequestOutcome[] = [];
    const reports = await serving(handler, async (server) => {
      const client = new Client(server);
      await body(client, server, told);
      client.leave();
      await client.closed;
    }, { ...options, onOutcome: (outcome) => told.push(outcome) });
    return reports.map(({ exception, message }) => exception ?? message);
  };

  describe(`HTTP/2 ${what} on Deno`, () => {
    it("carries many requests at once, with their bodies", async () => {
      const handler: ServeHandler = async (request) => {
        const text = await request.text();
        await sleep(text.length % 3);
        return new Response(`${request.method} ${new URL(request.url).pathname} ${text.length}`);
      };
      const reports = await over(handler, async (client, server) => {
        const asked = Array.from(
          { length: 20 },
          (_, i) => client.ask(`/${i}`, { ":method": "POST" }, "x".repeat(i * 5_000)),
        );
        const answers = await Promise.all(asked);
        assertEquals(answers.map(({ body }) => body), answers.map((_, i) => `POST /${i} ${i * 5_000}`));
        assertEquals(server.pending, 0);
      });
      assertEquals(reports, []);
    });

    it("sends all of a large body, and one that a task writes", async () => {
      const handler: ServeHandler = (request) =>
        request.url.endsWith("/large") ? new Response("x".repeat(3_000_000)) : streamResponse(function* (stream) {
          for (let i = 0; i < 100; i++) yield* stream.write("part ".repeat(1_000));
        });
      await over(handler, async (client) => {
        assertEquals((await client.ask("/large")).body.length, 3_000_000);
        assertEquals((await client.ask("/written")).body.length, 500_000);
      });
    });

    it("answers HEAD without a body, and says the length that is known", async () => {
      const bodies: Record<string, () => Response> = {
        "/text": () => new Response("text"),
        "/large": () => new Response("x".repeat(100_000)),
        "/file": () => new Response(new Blob(["file"])),
        "/none": () => new Response(null),
        "/stream": () => new Response(ReadableStream.from([new Uint8Array(5)])),
        "/written": () => streamResponse(function* () {}),
      };
      await over((request) => bodies[new URL(request.url).pathname]!(), async (client) => {
        const said: unknown[] = [];
        for (const path of Object.keys(bodies)) {
          const { status, body, headers } = await client.ask(path, { ":method": "HEAD" });
          said.push([status, body, headers["content-length"]]);
        }
        assertEquals(said, ["4", "100000", "4", undefined, undefined, undefined].map((length) => [200, "", length]));
      });
    });

    it("says the length that a body has, whatever the response says", async () => {
      const bodies: Record<string, () => Response> = {
        "/text": () => new Response("text", { headers: { "content-length": "9" } }),
        "/none": () => new Response(null, { headers: { "content-length": "9" } }),
        "/file": () => new Response(new Blob(["file"]), { headers: { "content-length": "9" } }),
      };
      await over((request) => bodies[new URL(request.url).pathname]!(), async (client) => {
        for (const [path, text] of [["/text", "text"], ["/none", ""], ["/file", "file"]] as const) {
          const { status, body, headers } = await client.ask(path);
          assertEquals([status, body, headers["content-length"] ?? "0"], [200, text, String(text.length)]);
        }
      });
    });

    it("tells that a client has left a body, a handler or an upload, one stream or all of them", async () => {
      const begun = new Map<string, () => void>();
      const handler: ServeHandler = async (request) => {
        const { pathname } = new URL(request.url);
        begun.get(pathname)!();
        if (pathname === "/handler") await sleep(60_000);
        if (pathname === "/upload") await request.text();
        if (pathname === "/foreign") {
          return new Response(
            new ReadableStream({
              async pull(controller) {
                await new Promise((resolve) => setTimeout(resolve, 1));
                controller.enqueue(new Uint8Array(9));
              },
            }, { highWaterMark: 0 }),
          );
        }
        return streamResponse(function* (stream) {
          for (;;) {
            yield* stream.write("tick");
            yield* sleep(1);
          }
        });
      };
      const reports = await over(handler, async (client, server, told) => {
        const paths = ["/written", "/foreign", "/handler", "/upload"];
        const ask = async (client: Client, path: string) => {
          const sent = sign();
          begun.set(path, sent.give);
          const stream = client.begin(path, { ":method": path === "/upload" ? "POST" : "GET" });
          if (path === "/upload") stream.write("part");
          else stream.end();
          await within(sent.seen, `the handler of ${path}`);
          return stream;
        };
        for (const path of paths) (await ask(client, path)).close(http2.constants.NGHTTP2_CANCEL);
        await eventually(() => told.length === 4, "the ends of four streams");
        const other = new Client(server);
        for (const path of paths) await ask(other, path);
        other.leave();
        await eventually(() => told.length === 8, "the ends of four more");
        assertEquals(told.map(({ outcome }) => outcome), Array(8).fill("clientGone"));
        await eventually(() => server.pending === 0, "the end of what is in flight");
        // The last look of a body that nobody wants any more.
        await new Promise((resolve) => setTimeout(resolve, 20));
      });
      assertEquals(reports, []);
    });

    it("tells that a client has left a handler at once", async () => {
      const handler: ServeHandler = async () => {
        await sleep(60_000);
        return new Response("");
      };
      const reports = await over(handler, async (client, server, told) => {
        // To wait for the answer to the first is to wait for the session.
        client.begin("/").end();
        await eventually(() => server.pending === 1, "the first");
        for (let asked = 1; asked <= 20; asked++) {
          const stream = client.begin("/");
          stream.end();
          setImmediate(() => stream.close(http2.constants.NGHTTP2_CANCEL));
          await eventually(() => told.length === asked, "the end of one", () => `${told.length} of ${asked}`);
        }
        client.leave();
        await eventually(() => told.length === 21, "the end of the first");
        assertEquals(told.map(({ outcome }) => outcome), Array(21).fill("clientGone"));
      });
      assertEquals(reports, []);
    });

    it("tells that a client has left a stream at once, before any of it was sent", async () => {
      const handler: ServeHandler = () =>
        new Response(new ReadableStream({ pull: () => new Promise(() => {}) }, { highWaterMark: 0 }));
      const reports = await over(handler, async (client, _server, told) => {
        // Its head tells that the session stands.
        const first = client.begin("/");
        const head = new Promise<void>((resolve) => first.on("response", () => resolve()));
        first.resume().end();
        await within(head, "the head of the first");
        for (let asked = 0; asked < 20; asked++) {
          const stream = client.begin("/");
          stream.end();
          setImmediate(() => stream.close(http2.constants.NGHTTP2_CANCEL));
          await eventually(() => told.length > asked, "the end of one", () => `${told.length} of ${asked}`);
        }
        client.leave();
        await eventually(() => told.length === 21, "the end of the first");
        assertEquals(told.map(({ outcome }) => outcome), Array(21).fill("clientGone"));
      });
      assertEquals(reports, []);
    });

    it("does not take an upload for whole that its client breaks off, if it has announced a length", async () => {
      let read = 0;
      const begun = sign();
      const handler: ServeHandler = function* (request) {
        begun.give();
        yield* readBody(request).text();
        read++;
        return new Response("read");
      };
      const reports = await over(handler, async (client, _server, told) => {
        const stream = client.begin("/", { ":method": "POST", "content-length": "10" });
        stream.write("half");
        await begun.seen;
        // What was written is with the server then, or soon.
        await new Promise((resolve) => setTimeout(resolve, 20));
        stream.close(http2.constants.NGHTTP2_CANCEL);
        await eventually(() => told.length === 1, "its end");
        assertEquals([told[0]!.outcome, read], ["clientGone", 0]);
      });
      assertEquals(reports, []);
    });

    it("resets the stream of a body that fails midway, and the others go on", async () => {
      const begun = sign();
      const handler: ServeHandler = (request) => {
        if (request.url.endsWith("/well")) return new Response("well");
        return new Response(
          new ReadableStream({
            async pull(controller) {
              await begun.seen;
              controller.error(new RangeError("oops"));
            },
          }, { highWaterMark: 0 }),
        );
      };
      const reports = await over(handler, async (client, _server, told) => {
        const stream = client.begin("/fails");
        const failed = new Promise((resolve) =>
          stream.on("end", () => resolve("whole")).on("error", () => resolve("reset"))
        );
        stream.on("response", begun.give);
        stream.resume().end();
        assertEquals([await within(failed, "the end of a body"), (await client.ask("/well")).body], ["reset", "well"]);
        await eventually(() => told.length === 2, "both ends");
        assertEquals(told.map(({ outcome }) => outcome).sort(), ["delivered", "failed"]);
      });
      assertEquals(reports.map(String), ["RangeError: oops"]);
    });

    it("makes no WebSockets, and says so", async () => {
      await over((request) => upgradeWebSocket(request, function* () {}), async (client) => {
        assertEquals((await client.ask("/")).status, 426);
      });
    });

    it("ends with the server when its streams are done, and begins none meanwhile", async () => {
      const [begun, go] = [sign(), sign()];
      let other = 0;
      const handler: ServeHandler = async (request) => {
        if (!request.url.endsWith("/long")) return new Response(`${other++}`);
        begun.give();
        await go.seen;
        return new Response("done");
      };
      const reports = await over(handler, async (client, server) => {
        const long = client.ask("/long");
        await begun.seen;
        server.close();
        const late = await client.ask("/late").then(({ status }) => status, () => 503);
        go.give();
        assertEquals([(await long).body, late, other], ["done", 503, 0]);
        await within(client.closed, "the end of the connection");
        await server.closed;
      });
      assertEquals(reports, []);
    });

    it("closes a connection that is not used again", async () => {
      const reports = await serving(() => new Response("hello"), async (server) => {
        const client = new Client(server);
        assertEquals((await client.ask("/")).body, "hello");
        await within(client.closed, "the end of the connection");
      }, { ...options, keepAliveTimeout: 500 });
      assert(reports.length === 0);
    });
  });
}
