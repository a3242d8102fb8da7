/**
 * What Deno 2.9 does by itself, and the adapter for HTTP works around or docs/limits.md tells of. A test that fails here says that Deno has
 * mended it: what is done about it can go then.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import http2 from "node:http2";
import { connect } from "node:net";
import { serveConnection } from "../../src/adapters/deno/internals.ts";
import { fixtureFlags, Program } from "../program.ts";
import { within } from "../within.ts";
import { RawClient, UPGRADE, upgradeRequest } from "./raw_client.ts";
import { LOCALHOST } from "../contract/certificates.ts";

const QUIRKS = new URL("./fixtures/deno_http_quirks.ts", import.meta.url);

/** Runs a part of the fixture with so many files; it says which port it listens on. */
function quirk(what: string, files?: number): Program {
  return new Program(QUIRKS, fixtureFlags("--allow-all"), [what], files);
}

describe("Deno", () => {
  it("lets the adapter have its connections one by one, in the version that the tests run on", () => {
    assert(
      serveConnection !== null,
      `look whether Deno ${Deno.version.deno} is as src/adapters/deno/internals.ts says`,
    );
  });

  it("keeps the connection of a client that has reset it right after it asked for a WebSocket", async () => {
    const program = quirk("upgrade");
    const port = await program.port();
    for (let i = 0; i < 20; i++) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => {
          socket.write(upgradeRequest());
          socket.resetAndDestroy();
        });
        socket.on("error", () => {});
        socket.once("close", () => resolve());
      });
    }
    await program.until("kept");
    assertMatch(program.output, /\nkept [1-9]/);
    program.kill("SIGTERM");
    await program.ended;
  });

  it("ends Deno.serve() for ever when there is no file for a connection", async () => {
    const program = quirk("accept", 64);
    const port = await program.port();
    const clients = await Promise.all(Array.from({ length: 80 }, () => RawClient.connect(port).catch(() => null)));
    await program.until("finished Http");
    await Promise.all(clients.map((client) => client?.leave()));
    const refused = await RawClient.connect(port).then((client) => client.leave().then(() => false), () => true);
    program.kill("SIGTERM");
    await program.ended;
    assert(refused);
  });

  it("ends itself when it shows an error for the first time without a file for that", async () => {
    const program = quirk("stack", 64);
    const port = await program.port();
    const clients = await Promise.all(Array.from({ length: 80 }, () => RawClient.connect(port).catch(() => null)));
    assertEquals(await program.ended, 1);
    assertMatch(program.output, /Deno has panicked/);
    await Promise.all(clients.map((client) => client?.leave()));
  });

  it("ends itself when a WebSocket that was cut is asked what it keeps", async () => {
    const program = quirk("cut");
    const client = await RawClient.connect(await program.port());
    client.request("GET", "/", ...UPGRADE);
    assertEquals(await program.ended, 1);
    assertMatch(program.output, /open: true\n[^]*Deno has panicked/);
    await client.leave();
  });

  it("keeps the timer of a WebSocket's pings when the client has left without a word", async () => {
    const program = quirk("pings");
    const port = await program.port();
    const client = await RawClient.connect(port);
    client.request("GET", "/", ...UPGRADE);
    await client.until("101 Switching Protocols");
    await client.leave();
    await program.until("closed");
    assertEquals(await program.ended, 0);
    assertMatch(program.output, /still here/);
  });

  it("keeps the connection of a TLS handshake that was given up", async () => {
    const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: LOCALHOST.cert, key: LOCALHOST.key });
    const client = await RawClient.connect(listener.addr.port);
    client.send("\x16\x03\x01");
    (await listener.accept()).close();
    listener.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert(!client.ended);
    await client.leave();
  });

  it("does not see a client leave while the body of its request was not read", async () => {
    const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (
      const [sent, seen] of [
        [get, true],
        [`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n${"b".repeat(1_000)}`, false],
      ] as const
    ) {
      const waits = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<void>();
      const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
        request.signal.addEventListener("abort", () => gone.resolve());
        waits.resolve();
        await released.promise;
        return new Response("late");
      });
      const client = await RawClient.connect(server.addr.port);
      client.send(sent);
      await within(waits.promise, "a request");
      await client.leave();
      let wasSeen = false;
      gone.promise.then(() => wasSeen = true);
      if (seen) await within(gone.promise, "the news that the client has left");
      else await new Promise((resolve) => setTimeout(resolve, 300));
      assertEquals([sent, wasSeen], [sent, seen]);
      released.resolve();
      await server.shutdown();
    }
  });

  it("sends the body of an answer to HEAD over HTTP/2", async () => {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("body"));
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    // The preface, SETTINGS, and HEADERS: HEAD http://a/.
    const text = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const headers = [0x42, 4, ...new TextEncoder().encode("HEAD"), 0x86, 0x84, 0x41, 1, 0x61];
    await connection.write(
      new Uint8Array([...text, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, headers.length, 1, 5, 0, 0, 0, 1, ...headers]),
    );
    let got = "";
    const chunk = new Uint8Array(4_096);
    const decoder = new TextDecoder("latin1");
    while (!got.includes("body")) {
      got += decoder.decode(chunk.subarray(0, await within(connection.read(chunk), got) ?? 0));
    }
    connection.close();
    await server.shutdown();
  });

  it("does not abort the signal of a request over HTTP/2 that is asked for late", async () => {
    for (const late of [false, true]) {
      const asked = Promise.withResolvers<void>();
      const left = Promise.withResolvers<void>();
      const outcome = Promise.withResolvers<boolean>();
      const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
        if (!late) request.signal.addEventListener("abort", () => outcome.resolve(true));
        asked.resolve();
        await left.promise;
        // Nothing tells that the server knows of it. It looks at its sockets between two timers.
        for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
        if (late) {
          const { signal } = request;
          await new Promise((resolve) => setTimeout(resolve, 100));
          outcome.resolve(signal.aborted);
        }
        return new Response("late");
      });
      const session = http2.connect(`http://127.0.0.1:${server.addr.port}`);
      const closed = new Promise<void>((resolve) => session.once("close", () => resolve()));
      await within(new Promise<void>((resolve) => session.once("connect", () => resolve())), "the session");
      const stream = session.request({ ":path": "/" });
      stream.on("error", () => {});
      stream.end();
      await within(asked.promise, "the handler");
      stream.close(http2.constants.NGHTTP2_CANCEL);
      left.resolve();
      assertEquals([late, await within(outcome.promise, "what the handler sees")], [late, !late]);
      session.destroy();
      await closed;
      await server.shutdown();
    }
  });

  it("takes an upload over HTTP/2 that its client breaks off for whole", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const came = Promise.withResolvers<void>();
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
      let text = "";
      for await (const part of request.body!.pipeThrough(new TextDecoderStream())) {
        text += part;
        if (text === "half") came.resolve();
      }
      resolve(text);
      return new Response("");
    });
    const session = http2.connect(`http://127.0.0.1:${server.addr.port}`);
    const closed = new Promise<void>((resolve) => session.once("close", () => resolve()));
    const stream = session.request({ ":path": "/", ":method": "POST", "content-length": "10" });
    stream.on("error", () => {});
    stream.write("half");
    await within(came.promise, "half of the upload");
    stream.close(http2.constants.NGHTTP2_CANCEL);
    assertEquals(await within(promise, "what was read"), "half");
    session.destroy();
    await closed;
    await server.shutdown();
  });

  it("keeps a connection from its next request while somebody has a reader of the last upload", async () => {
    let reader: ReadableStreamDefaultReader | undefined;
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
      if (request.method === "GET") return new Response("the next one;");
      reader = request.body!.getReader();
      await reader.read();
      return new Response("not wanted;");
    });
    const client = await RawClient.connect(server.addr.port);
    client.request("POST", "/", "Content-Length: 1000");
    client.send("x".repeat(1_000));
    await client.until("not wanted;");
    client.request("GET");
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert(!client.received.includes("the next one;"));
    await reader!.cancel();
    await client.leave();
    await server.shutdown();
  });

  it("does not find out that a client of a WebSocket takes nothing while something is to be sent", async () => {
    const closed = Promise.withResolvers<boolean>();
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 1 });
      socket.onopen = () => {
        for (let i = 0; i < 100; i++) socket.send("x".repeat(100_000));
      };
      socket.onclose = () => closed.resolve(true);
      return response;
    });
    const client = await RawClient.connect(server.addr.port);
    client.request("GET", "/", ...UPGRADE);
    client.pause();
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, 3_000, false));
    assert(!await Promise.race([closed.promise, late]));
    await late;
    await client.leave();
    await within(closed.promise, "the end of the WebSocket");
    await server.shutdown();
  });

  it("leaves a connection standing whose last upload was read in part", async () => {
    let body: ReadableStream | null = null;
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
      if (request.method === "GET") return new Response("the next one;");
      body = request.body;
      const reader = request.body!.getReader();
      await reader.read();
      reader.releaseLock();
      if (request.url.endsWith("/cancelled")) await request.body!.cancel();
      return new Response("not wanted;");
    });
    for (const [path, stands] of [["/", true], ["/cancelled", false]] as const) {
      const client = await RawClient.connect(server.addr.port);
      client.request("POST", path, "Content-Length: 1000");
      client.send("x".repeat(1_000));
      await client.until("not wanted;");
      client.request("GET");
      if (!stands) await client.until("the next one;");
      else await new Promise((resolve) => setTimeout(resolve, 300));
      assertEquals([path, client.received.includes("the next one;")], [path, !stands]);
      if (stands) await body!.cancel();
      await client.leave();
    }
    await server.shutdown();
  });

  it("does not end a connection that is closed in order while its client has not sent all of an upload", async () => {
    for (const size of [3, 50]) {
      const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
      const [client, connection] = await Promise.all([RawClient.connect(listener.addr.port), listener.accept()]);
      let isOver = false;
      const served = serveConnection!(
        connection,
        async (request) => {
          await request.body!.cancel();
          return new Response("answered;");
        },
        () => new Response(),
      );
      const over = served.finished.then(() => isOver = true);
      client.request("POST", "/", `Content-Length: ${size}`);
      client.send("xxx");
      await client.until("answered;");
      served.close();
      if (size === 3) await within(over, "the end of a connection whose upload came whole");
      else await new Promise((resolve) => setTimeout(resolve, 300));
      served.cut();
      if (size === 50) await new Promise((resolve) => setTimeout(resolve, 100));
      assertEquals([size, isOver], [size, size === 3]);
      await client.leave();
      await within(over, "the end of a connection whose client has left");
      listener.close();
    }
  });
});
