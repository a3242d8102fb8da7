import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import type { Adapter, HttpInfo, HttpListener } from "../../src/adapters/adapter.ts";
import { OSError } from "../../src/core/errors.ts";
import { abortListeners, aWhile, HTTP_ADAPTERS, listen, portOf } from "./adapters.ts";
import { RawClient } from "./raw_client.ts";
import { within } from "../within.ts";

/** A handler that parks, and what the test needs to go on from there. */
class Parked {
  readonly #begun = Promise.withResolvers<[Request, HttpInfo]>();
  readonly #answer = Promise.withResolvers<Response>();

  get begun(): Promise<[Request, HttpInfo]> {
    return within(this.#begun.promise, "a request");
  }

  readonly handler = (request: Request, info: HttpInfo): Promise<Response> => {
    this.#begun.resolve([request, info]);
    return this.#answer.promise;
  };

  answer(text: string): void {
    this.#answer.resolve(new Response(text));
  }
}

/** A listener whose handler parks, with a client whose request is in it. */
async function park(adapter: Adapter) {
  const parked = new Parked();
  const listener = await listen(adapter, parked.handler);
  const client = await RawClient.connect(portOf(listener));
  client.request("GET");
  const [request, info] = await parked.begun;
  return { parked, listener, client, request, info };
}

/** Resolves when the client of a request was seen leaving. */
function seenLeaving(listener: HttpListener, request: Request, info: HttpInfo): Promise<void> {
  const gone = new Promise<void>((resolve) => void listener.watchClient(request, info, resolve));
  return within(gone, "the news that a client has left");
}

for (const adapter of HTTP_ADAPTERS) {
  describe(`The ${adapter.name} adapter's HTTP listener`, () => {
    afterEach(abortListeners);

    it("says where it listens", async () => {
      const listener = await listen(adapter, () => new Response(""));
      const { addr } = listener;
      assert(addr.transport === "tcp" && addr.hostname === "127.0.0.1" && addr.port > 0);
      await listener.close();
    });

    it("notices a client that leaves while the handler is parked", async () => {
      const { parked, listener, client, request, info } = await park(adapter);
      const gone = seenLeaving(listener, request, info);
      await client.leave();
      await gone;
      // Asked for after the fact, it answers all the same.
      await seenLeaving(listener, request, info);
      assert(request.signal.aborted);
      parked.answer("to nobody");
      await listener.close();
    });

    it("takes no client that was answered for one that left", async () => {
      const { parked, listener, client, request, info } = await park(adapter);
      let gone = 0;
      const stop = listener.watchClient(request, info, () => gone++);
      stop();
      stop();
      parked.answer("all of it");
      await client.until("all of it");
      await client.leave();
      await listener.close();
      await aWhile(adapter);
      assertEquals(gone, 0);
    });

    it("close() waits for the requests in flight and lets no other in", async () => {
      const parked = new Parked();
      const listener = await listen(adapter, parked.handler);
      const port = portOf(listener);
      const client = await RawClient.connect(port);
      client.request("GET");
      await parked.begun;
      const order: string[] = [];
      const closed = listener.close().then(() => order.push("closed"));
      await aWhile(adapter);
      await assertRejects(() => RawClient.connect(port));
      order.push("answered");
      parked.answer("in time");
      await client.until("in time");
      await within(closed, "the end of the listener");
      assertEquals(order, ["answered", "closed"]);
      await client.closed;
    });

    it("close() lets a stream in flight come to its end", async () => {
      const more = Promise.withResolvers<void>();
      const listener = await listen(adapter, () => {
        const encoder = new TextEncoder();
        return new Response(
          new ReadableStream({
            async start(controller) {
              controller.enqueue(encoder.encode("begun"));
              await more.promise;
              controller.enqueue(encoder.encode("ended"));
              controller.close();
            },
          }),
        );
      });
      const client = await RawClient.connect(portOf(listener));
      client.request("GET");
      await client.until("begun");
      const closed = listener.close();
      await aWhile(adapter);
      more.resolve();
      await client.until("0\r\n\r\n");
      assertStringIncludes(client.received, "ended");
      await within(closed, "the end of the listener");
      await client.leave();
    });

    it("close() ends connections that are idle", async () => {
      const listener = await listen(adapter, () => new Response("served"));
      const client = await RawClient.connect(portOf(listener));
      client.request("GET");
      await client.until("served");
      await listener.close();
      await client.closed;
    });

    it("close() does not wait for a request that was never sent to its end", async () => {
      const listener = await listen(adapter, () => new Response("served"));
      const silent = await RawClient.connect(portOf(listener));
      const half = await RawClient.connect(portOf(listener));
      half.send("GET / HTTP/1.1\r\nHo");
      await aWhile(adapter);
      await listener.close();
      await silent.leave();
      await half.leave();
    });

    it("abort() cuts every connection and what was parked learns of it", async () => {
      const { parked, listener, client, request, info } = await park(adapter);
      const gone = seenLeaving(listener, request, info);
      listener.abort();
      await client.closed;
      assertEquals(client.received, "");
      await gone;
      parked.answer("too late");
      await listener.close();
    });

    it("abort() ends a close() that waits", async () => {
      const parked = new Parked();
      const listener = await listen(adapter, parked.handler);
      const client = await RawClient.connect(portOf(listener));
      client.request("GET");
      await parked.begun;
      const closed = listener.close();
      await aWhile(adapter);
      listener.abort();
      await within(closed, "the end of the listener");
      await client.closed;
      parked.answer("too late");
      await aWhile(adapter);
    });

    it("refuses a port in use with EADDRINUSE and says what to do", async () => {
      const listener: HttpListener = await listen(adapter, () => new Response(""));
      const port = portOf(listener);
      const error = await assertRejects(
        () => adapter.serveHttp!({ hostname: "127.0.0.1", port, handler: () => new Response("") }),
        OSError,
        `Cannot listen on 127.0.0.1:${port}: another socket already listens there.`,
      );
      assertEquals(error.code, "EADDRINUSE");
      assert(error.cause instanceof Error);
      await listener.close();
    });

    it("refuses a host name that nobody knows with ENOTFOUND", async () => {
      const error = await assertRejects(
        () => adapter.serveHttp!({ hostname: "nohost.invalid", port: 0, handler: () => new Response("") }),
        OSError,
        "Cannot listen on nohost.invalid:0: the name does not resolve",
      );
      assertEquals(error.code, "ENOTFOUND");
    });

    it("refuses an address of another machine with EADDRNOTAVAIL", async () => {
      const error = await assertRejects(
        () => adapter.serveHttp!({ hostname: "192.0.2.1", port: 0, handler: () => new Response("") }),
        OSError,
        "this machine has no such address",
      );
      assertEquals(error.code, "EADDRNOTAVAIL");
    });
  });
}
