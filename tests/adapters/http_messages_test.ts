import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import type { HttpAddress, HttpHandler, HttpListener } from "../../src/adapters/adapter.ts";
import { abortListeners, aWhile, HTTP_ADAPTERS, listen, portOf, withErrorsKept } from "./adapters.ts";
import { RawClient } from "./raw_client.ts";
import { within } from "../within.ts";

for (const adapter of HTTP_ADAPTERS) {
  describe(`The ${adapter.name} adapter's HTTP messages`, () => {
    afterEach(abortListeners);

    async function serving(handler: HttpHandler, body: (url: string, port: number) => Promise<void>): Promise<void> {
      const listener = await listen(adapter, handler);
      try {
        const port = portOf(listener);
        await body(`http://127.0.0.1:${port}/`, port);
      } finally {
        listener.abort();
        await listener.close();
      }
    }

    it("carry method, target and headers of the request to the handler", async () => {
      await serving(
        (request) => new Response(`${request.method} ${request.url} ${request.headers.get("x-note")}`),
        async (url) => {
          const response = await fetch(`${url}a/b?c=d`, { method: "DELETE", headers: { "x-note": "seen" } });
          assertEquals(await response.text(), `DELETE ${url}a/b?c=d seen`);
        },
      );
    });

    it("carry status, headers and body of the response to the client", async () => {
      await serving(
        () => new Response("short and stout", { status: 418, headers: { "x-kind": "teapot" } }),
        async (url) => {
          const response = await fetch(url);
          assertEquals(response.status, 418);
          assertEquals(response.headers.get("x-kind"), "teapot");
          assertEquals(response.headers.get("content-length"), "15");
          assertEquals(await response.text(), "short and stout");
        },
      );
    });

    // What no server of Bun's sends has no type there.
    const ignore = adapter.name !== "bun" && "Bun" in globalThis;
    it(
      "say the type of a text that says none itself, and send a blob of the type that it has",
      { ignore },
      async () => {
        const bodies = [() => "text", () => new Blob(["text"], { type: "text/css" })];
        for (const [i, type] of [/^text\/plain;charset=utf-8$/i, /^text\/css/].entries()) {
          await serving(() => new Response(bodies[i]!()), async (url) => {
            const response = await fetch(url);
            assertMatch(response.headers.get("content-type")!, type);
            assertEquals(await response.text(), "text");
          });
        }
      },
    );

    it("carry a response that a promise gives", async () => {
      await serving(
        async () => {
          await aWhile(adapter);
          return Response.json({ late: true });
        },
        async (url) => assertEquals(await (await fetch(url)).json(), { late: true }),
      );
    });

    it("keep every Set-Cookie header apart", async () => {
      const headers = new Headers();
      headers.append("set-cookie", "a=1; Path=/");
      headers.append("set-cookie", "b=2");
      await serving(() => new Response("", { headers }), async (url) => {
        const response = await fetch(url);
        assertEquals(response.headers.getSetCookie(), ["a=1; Path=/", "b=2"]);
        await response.text();
      });
    });

    it("give a posted body back", async () => {
      await serving(async (request) => new Response(await request.text()), async (url) => {
        const response = await fetch(url, { method: "POST", body: "ping" });
        assertEquals(await response.text(), "ping");
      });
    });

    it("stream a megabyte in and out again", async () => {
      const sent = new Uint8Array(1 << 20);
      for (let i = 0; i < sent.length; i++) sent[i] = i % 251;
      await serving((request) => new Response(request.body), async (url) => {
        const response = await fetch(url, { method: "POST", body: sent });
        assertEquals(new Uint8Array(await response.arrayBuffer()), sent);
      });
    });

    it("read an upload in chunks while it is being sent", async () => {
      const firstRead = Promise.withResolvers<string>();
      await serving(async (request) => {
        let text = "";
        for await (const chunk of request.body!) {
          text += new TextDecoder().decode(chunk);
          firstRead.resolve(text);
        }
        return new Response(`got ${text}`);
      }, async (_url, port) => {
        const client = await RawClient.connect(port);
        client.request("POST", "/", "Transfer-Encoding: chunked");
        client.send("4\r\nhalf\r\n");
        assertEquals(await within(firstRead.promise, "the first part of a body"), "half");
        client.send("4\r\nrest\r\n0\r\n\r\n");
        await client.until("got halfrest");
        await client.leave();
      });
    });

    it("reject the reading of a body whose client leaves", async () => {
      const reading = Promise.withResolvers<void>();
      const outcome = Promise.withResolvers<string>();
      await serving(async (request) => {
        reading.resolve();
        await request.text().then(() => outcome.resolve("read"), () => outcome.resolve("rejected"));
        return new Response("");
      }, async (_url, port) => {
        const client = await RawClient.connect(port);
        client.request("POST", "/", "Content-Length: 100");
        client.send("only a part");
        await within(reading.promise, "a handler that reads");
        await client.leave();
        assertEquals(await within(outcome.promise, "what became of the body"), "rejected");
      });
    });

    it("answer on one connection again and again, also when a body was left unread", async () => {
      let count = 0;
      await serving(() => new Response(`answer ${++count}.`), async (_url, port) => {
        const client = await RawClient.connect(port);
        client.request("POST", "/", "Content-Length: 6");
        client.send("unread");
        await client.until("answer 1.");
        client.request("GET");
        await client.until("answer 2.");
        await client.leave();
      });
    });

    it("deliver each part of a stream before the next one exists", async () => {
      const more = Promise.withResolvers<void>();
      const encoder = new TextEncoder();
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(encoder.encode("first"));
          await more.promise;
          controller.enqueue(encoder.encode("second"));
          controller.close();
        },
      });
      await serving(() => new Response(body), async (url) => {
        const reader = (await fetch(url)).body!.getReader();
        const decoder = new TextDecoder();
        assertEquals(decoder.decode((await reader.read()).value), "first");
        more.resolve();
        assertEquals(decoder.decode((await reader.read()).value), "second");
        assert((await reader.read()).done);
      });
    });

    it("hold a stream up while its client does not read", async () => {
      const MOST = 1024;
      const chunk = new Uint8Array(64 * 1024);
      let pulls = 0;
      const body = new ReadableStream({
        pull(controller) {
          if (++pulls < MOST) controller.enqueue(chunk);
          else controller.close();
        },
      }, { highWaterMark: 0 });
      await serving(() => new Response(body), async (_url, port) => {
        const client = await RawClient.connect(port);
        client.pause();
        client.request("GET");
        for (let before = -1; pulls === 0 || pulls > before;) {
          before = pulls;
          for (let i = 0; i < 5; i++) await aWhile(adapter);
        }
        await client.leave();
      });
      assert(pulls < MOST, `all ${pulls} chunks were taken from a stream whose client read nothing`);
    });

    it("cancel a quiet stream when its client leaves", async () => {
      const cancelled = Promise.withResolvers<void>();
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("begun")),
        cancel: () => cancelled.resolve(),
      });
      await serving(() => new Response(body), async (_url, port) => {
        const client = await RawClient.connect(port);
        client.request("GET");
        await client.until("begun");
        await client.leave();
        await within(cancelled.promise, "the end of a body that nobody wants");
      });
    });

    it("cut the connection when a stream fails in the middle", async () => {
      const fail = Promise.withResolvers<never>();
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("begun")),
        pull: () => fail.promise,
      });
      await withErrorsKept(() =>
        serving(() => new Response(body), async (_url, port) => {
          const client = await RawClient.connect(port);
          client.request("GET");
          await client.until("begun");
          fail.reject(new Error("The source ran dry."));
          await client.closed;
          assert(!client.received.endsWith("0\r\n\r\n"), "the response looks complete");
        })
      );
    });

    it("send no body for HEAD, but the length of it", async () => {
      await serving(() => new Response("five!"), async (_url, port) => {
        const client = await RawClient.connect(port);
        client.request("HEAD");
        const head = await client.until("\r\n\r\n");
        assertMatch(head, /^content-length: 5\r$/im);
        client.request("HEAD");
        await client.until("\r\n\r\nHTTP/1.1 200");
        assert(!client.received.includes("five!"));
        await client.leave();
      });
    });

    for (const status of [204, 304]) {
      it(`send no body with ${status}`, async () => {
        await serving(() => new Response(null, { status }), async (_url, port) => {
          const client = await RawClient.connect(port);
          client.request("GET");
          await client.until("\r\n\r\n");
          client.request("GET");
          const both = await client.until(`\r\n\r\nHTTP/1.1 ${status}`);
          assert(!/^transfer-encoding:/im.test(both));
          await client.leave();
        });
      });
    }

    it("answer with 500 and say why when the body of a response was already read", async () => {
      const errors = await withErrorsKept(() =>
        serving(async () => {
          const response = new Response("once");
          await response.text();
          return response;
        }, async (url) => {
          const response = await fetch(url);
          assertEquals(response.status, 500);
          await response.text();
        })
      );
      assertEquals(errors.length, 1);
    });

    it("tell where the client came from", async () => {
      let address: HttpAddress | undefined;
      const listener: HttpListener = await listen(adapter, (request, info) => {
        address = listener.clientAddr(request, info);
        return new Response("seen");
      });
      const client = await RawClient.connect(portOf(listener));
      client.request("GET");
      await client.until("seen");
      assertEquals(address, { transport: "tcp", hostname: "127.0.0.1", port: client.port });
      await client.leave();
      await listener.close();
    });
  });
}
