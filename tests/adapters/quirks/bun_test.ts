/**
 * What Bun does otherwise than others: see src/adapters/bun/quirks.ts. When one of these fails Bun has mended it, so take out the quirk and
 * what is done about it.
 */
import * as cp from "node:child_process";
import net from "node:net";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { within } from "../../within.ts";

// The types of Bun are not to be had here.
// deno-lint-ignore no-explicit-any
type Any = any;
const { Bun } = globalThis as Any;

const local = "127.0.0.1";
const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const HANDLERS = { data() {}, open() {}, close() {}, error() {} };
const codeOf = (error: unknown) => (error as { readonly code?: string }).code;

/** Two sockets that are connected, with the handlers of each. */
async function pair(first: object, second: object = {}): Promise<{ first: Any; second: Any; end(): void }> {
  const opened = Promise.withResolvers<Any>();
  const listener = Bun.listen({
    hostname: local,
    port: 0,
    allowHalfOpen: true,
    socket: { ...HANDLERS, ...second, open: opened.resolve },
  });
  const socket = { ...HANDLERS, ...first };
  const client = await Bun.connect({ hostname: local, port: listener.port, allowHalfOpen: true, socket });
  return { first: client, second: await opened.promise, end: () => listener.stop(true) };
}

/** The answer to what is sent to a server, up to a "]" or its end. */
async function answerTo(port: number, sent: string): Promise<string> {
  let got = "";
  const answered = new Promise<void>((resolve) => {
    const client = net.connect(port, local, () => client.write(sent));
    client.on("data", (data) => {
      got += data;
      if (got.includes("]")) client.destroy();
    });
    client.on("error", () => {});
    client.on("close", () => resolve());
  });
  await within(answered, "an answer", () => got);
  return got;
}

describe("Bun", { ignore: !("Bun" in globalThis) }, () => {
  it("calls every failure of a connect a refusal", async () => {
    const options = { hostname: "255.255.255.255", port: 9, socket: HANDLERS };
    assertEquals(codeOf(await assertRejects(() => Bun.connect(options), Error)), "ECONNREFUSED");
  });

  it("gives the name of a server that does not resolve another code", () => {
    const listening = { hostname: "no-such-name.invalid", port: 0 };
    for (
      const listen of [
        () => Bun.listen({ ...listening, socket: HANDLERS }),
        () => Bun.serve({ ...listening, fetch: () => new Response("") }),
      ]
    ) assert(codeOf(assertThrows(listen, Error)) !== "ENOTFOUND");
  });

  it("drops what does not fit when a socket ends", async () => {
    let came = 0;
    const { first, end } = await pair({}, { data: (_socket: unknown, bytes: Uint8Array) => came += bytes.length });
    first.end(new Uint8Array(64 << 20));
    for (let before = -1; before < came; await pause(100)) before = came;
    end();
    assert(came < 64 << 20);
  });

  it("tells of room that nobody waited for", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { first, end } = await pair({ drain: () => resolve() });
    first.write("x");
    first.pause();
    first.resume();
    await promise;
    end();
  });

  it("does not tell the other side's end to a side that has ended", async () => {
    const events: string[] = [];
    const closed = Promise.withResolvers<void>();
    const { first, second, end } = await pair({
      end: () => events.push("end"),
      close: () => {
        events.push("close");
        closed.resolve();
      },
    });
    first.shutdown();
    await pause(20);
    second.shutdown();
    await closed.promise;
    end();
    assertEquals(events, ["close"]);
  });

  it("takes no list of names for ALPN", async () => {
    const tls = { ALPNProtocols: ["x"] };
    await assertRejects(async () => await Bun.connect({ hostname: local, port: 9, tls, socket: HANDLERS }), TypeError);
  });

  it("shares no port among its datagram sockets", async () => {
    const first = await Bun.udpSocket({ hostname: local, port: 0, reusePort: true });
    const again = async () => await Bun.udpSocket({ hostname: local, port: first.port, reusePort: true });
    assertEquals(codeOf(await assertRejects(again, Error)), "EADDRINUSE");
    first.close();
  });

  it("cannot pause a datagram socket", async () => {
    const socket = await Bun.udpSocket({ hostname: local, port: 0 });
    assert(!("pause" in socket));
    socket.close();
  });

  it("makes no URL for a request without a host", async () => {
    const fetch = ({ url }: Request) => new Response(`[${url}]`);
    const server = Bun.serve({ hostname: local, port: 0, fetch });
    assertMatch(await answerTo(server.port, "GET /a HTTP/1.0\r\n\r\n"), /\[\/a\]/);
    server.stop(true);
  });

  it("makes the URL of a target that is one of the header Host", async () => {
    const fetch = ({ url }: Request) => new Response(`[${url}]`);
    const server = Bun.serve({ hostname: local, port: 0, fetch });
    const request = "GET http://target.example/a HTTP/1.1\r\nHost: header.example\r\nConnection: close\r\n\r\n";
    assertMatch(await answerTo(server.port, request), /\[http:\/\/header\.example\/a\]/);
    server.stop(true);
  });

  it("waits for half a request when a server stops", async () => {
    const server = Bun.serve({ hostname: local, port: 0, fetch: () => new Response("") });
    const written = Promise.withResolvers<void>();
    const client = net.connect(server.port, local, () => {
      client.write("GET / HTTP/1.1\r\nHost: a\r\n", () => written.resolve());
    });
    client.on("error", () => {});
    await within(written.promise, "half a request to be sent");
    // Nothing tells that the server has read it. It looks at its sockets between two timers.
    for (let turn = 0; turn < 10; turn++) await pause(5);
    const stopped = server.stop().then(() => "stopped");
    assertEquals(await Promise.race([stopped, pause(200).then(() => "waits")]), "waits");
    client.destroy();
    server.stop(true);
  });

  it("agrees to the first protocol of a WebSocket by itself", async () => {
    const server = Bun.serve({
      port: 0,
      fetch: (request: Request, server: Any) => server.upgrade(request) ? undefined : new Response(""),
      websocket: { message() {} },
    });
    const socket = new WebSocket(`ws://${local}:${server.port}/`, ["one", "two"]);
    await new Promise((resolve) => socket.onopen = resolve);
    assertEquals(socket.protocol, "one");
    socket.close();
    server.stop(true);
  });

  it("starts processes with the environment that the program had at first", async () => {
    const { process } = globalThis as Any;
    process.env.SET_LATER = "1";
    const { stdout } = Bun.spawn(["sh", "-c", "echo [$SET_LATER]"]);
    assertEquals((await new Response(stdout).text()).trim(), "[]");
    delete process.env.SET_LATER;
  });

  it("refuses to send the signals above 31", async () => {
    const child = Bun.spawn(["sleep", "60"]);
    assertThrows(() => child.kill(35), TypeError);
    child.kill(9);
    await child.exited;
  });

  it("calls back from inside of a write to a process", async () => {
    const child = cp.spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
    child.stdin!.on("error", () => {});
    let isInside = true;
    const wasInside = new Promise<boolean>((resolve) => child.stdin!.write("x", () => resolve(isInside)));
    isInside = false;
    assert(await wasInside);
    child.stdin!.write(new Uint8Array(4 << 20));
    assertEquals(child.stdin!.writableLength, 0);
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
  });

  it("blames the program for a working directory that does not exist", () => {
    const error = assertThrows(() => Bun.spawn(["true"], { cwd: "/no/such/directory" }), Error);
    assertEquals(codeOf(error), "ENOENT");
    assertMatch(error.message, /'true'/);
  });

  it("knows no address of a client that has reset, before it aborts the request", async () => {
    const order: string[] = [];
    const server = Bun.serve({
      hostname: local,
      port: 0,
      fetch(request: Request) {
        const over = Promise.withResolvers<void>();
        request.signal.addEventListener("abort", () => {
          order.push("aborted");
          over.resolve();
        });
        const look = () => {
          if (server.requestIP(request) === null) return order.push("no address");
          if (order.length === 0) setImmediate(look);
        };
        look();
        return over.promise.then(() => new Response(""));
      },
    });
    // Whichever is seen first depends on the moment in which the reset comes.
    for (let tries = 0; tries < 50 && order[0] !== "no address"; tries++) {
      order.length = 0;
      await new Promise<void>((resolve) => {
        const client = net.connect(server.port, local, () => {
          client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
          setTimeout(() => client.resetAndDestroy(), 5);
        });
        client.once("close", () => resolve());
      });
      await pause(20);
    }
    server.stop(true);
    assertEquals(order[0], "no address");
  });
});
