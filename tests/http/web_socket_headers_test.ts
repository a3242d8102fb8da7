import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Context, Hono, type Next } from "hono";
import { cors } from "hono/cors";
import { setCookie } from "hono/cookie";
import { RuntimeError, sleep } from "../../mod.ts";
import { HttpError, type ServeHandler, type ServerWebSocket, upgradeWebSocket } from "../../src/http/mod.ts";
import { handler, middleware, routes } from "../../src/hono/mod.ts";
import { RawClient, UPGRADE, WEB_SOCKET } from "../adapters/raw_client.ts";
import { portOf, serving } from "./serving.ts";
import { Client, FrameClient, talking } from "./web_socket_clients.ts";

function* hello(socket: ServerWebSocket) {
  yield* socket.send("hello");
}

/** Serves a handler, opens a WebSocket and gives the head of its answer once the server has said hello. */
async function headOf(fetch: ServeHandler, path = "/chat"): Promise<string> {
  let head = "";
  const reports = await serving(fetch, async (server) => {
    const client = await FrameClient.connect(portOf(server), path);
    await client.closeCode();
    const said = client.frames.filter(({ opcode }) => opcode === 1).map(({ payload }) =>
      new TextDecoder().decode(payload)
    );
    assertEquals([client.head.slice(0, 12), said], ["HTTP/1.1 101", ["hello"]]);
    client.leave();
    head = client.head.toLowerCase();
  });
  assertEquals(reports, []);
  return head;
}

/** An app with a middleware before the WebSocket; nothing may reach its onError. */
function appWith(use: (c: Context, next: Next) => Promise<Response | void>): Hono {
  const app = new Hono();
  app.onError((error) => {
    throw error;
  });
  app.use(use);
  app.get("/chat", (c) => upgradeWebSocket(c.req.raw, hello));
  return app;
}

describe("The answer of a WebSocket", () => {
  it("has the headers that upgradeWebSocket() is given", async () => {
    const headers = [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-name", "grün"]] as [string, string][];
    const head = await headOf(talking(hello, { headers }));
    for (const line of ["set-cookie: a=1", "set-cookie: b=2", "x-name: gr\xfcn"]) assertStringIncludes(head, line);
    const once = (name: string) => assertEquals(head.split(`${name}:`).length, 2, name);
    for (const name of ["upgrade", "connection", "sec-websocket-accept"]) once(`\n${name}`);
  });

  it("has the headers and cookies that a middleware of Hono sets after the handler", async () => {
    const head = await headOf(
      appWith(async (c, next) => {
        await next();
        c.header("x-late", "yes");
        c.header("vary", "a");
        c.header("vary", "b", { append: true });
        setCookie(c, "late", "1");
      }).fetch,
    );
    assertMatch(head, /\nx-late: yes/);
    assertMatch(head, /\nvary: a(, |\r\nvary: )b/);
    assertMatch(head, /\nset-cookie: late=1/);
  });

  it("has the headers and cookies that a middleware of Hono sets before the handler", async () => {
    const head = await headOf(
      appWith(async (c, next) => {
        c.res.headers.set("x-early", "yes");
        for (const cookie of ["first=1", "second=2"]) c.res.headers.append("set-cookie", cookie);
        await next();
      }).fetch,
    );
    for (const line of ["x-early: yes", "set-cookie: first=1", "set-cookie: second=2"]) {
      assertStringIncludes(head, line);
    }
  });

  it("has the cookies that a handler of Hono sets, if it makes the response by its context", async () => {
    const app = new Hono();
    app.get("/chat", (c) => {
      setCookie(c, "a", "1");
      setCookie(c, "b", "2");
      return c.newResponse(null, upgradeWebSocket(c.req.raw, hello, { headers: { "x-own": "yes" } }));
    });
    const head = await headOf(app.fetch);
    for (const line of ["set-cookie: a=1", "set-cookie: b=2", "x-own: yes"]) assertStringIncludes(head, line);
  });

  it("survives cors() and a middleware that copies the response", async () => {
    assertMatch(await headOf(appWith(cors()).fetch), /\naccess-control-allow-origin: \*/);
    const copied = appWith(async (c, next) => {
      await next();
      c.res = new Response(c.res.body, c.res);
      c.res.headers.set("x-copied", "yes");
    });
    assertMatch(await headOf(copied.fetch), /\nx-copied: yes/);
    const bare = appWith(async (c, next) => {
      await next();
      c.res = new Response(c.res.body, { status: c.res.status });
    });
    await headOf(bare.fetch);
  });

  it("survives coroutines of Hono around it, and an app that is mounted", async () => {
    const coroutines = new Hono();
    coroutines.use(middleware());
    routes(coroutines).use(function* (c, next) {
      yield* sleep(1);
      yield* next();
      c.header("x-routes", "yes");
    }).get("/chat", function* (c) {
      yield* sleep(1);
      return upgradeWebSocket(c.req.raw, hello);
    });
    assertMatch(await headOf(coroutines.fetch), /\nx-routes: yes/);
    const inner = new Hono();
    inner.get("/chat", (c) => upgradeWebSocket(c.req.raw, hello));
    inner.get(
      "/later",
      handler(function* (c) {
        yield* sleep(1);
        return upgradeWebSocket(c.req.raw, hello);
      }),
    );
    const outer = new Hono();
    outer.use(cors());
    outer.mount("/inner", inner.fetch);
    for (const path of ["/inner/chat", "/inner/later"]) {
      assertMatch(await headOf(outer.fetch, path), /\naccess-control-allow-origin: \*/);
    }
  });

  it("announces no protocol that was not agreed on, and one that was however the client has written it", async () => {
    for (const [offered, answered] of [["v9.chat, v8.chat", ""], ["v9.chat,v1.chat ,v2.chat", "v2.chat"]]) {
      const reports = await serving(talking(hello, { protocols: ["v2.chat", "v1.chat"] }), async (server) => {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", "/", ...UPGRADE, `Sec-WebSocket-Protocol: ${offered}`);
        const head = (await client.until("\r\n\r\n")).toLowerCase();
        await client.leave();
        assertMatch(head, /^http\/1.1 101 /);
        assertEquals(/\nsec-websocket-protocol: ?(.*)\r/.exec(head)?.[1] ?? "", answered);
      });
      assertEquals(reports, []);
    }
  });
});

describe("A request for a WebSocket", () => {
  it("without Connection: Upgrade is answered by 400", async () => {
    const reports = await serving(talking(hello), async (server) => {
      for (const connection of [[], ["Connection: keep-alive"], ["Connection: upgraded"]]) {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", "/", ...connection, "Upgrade: websocket", ...WEB_SOCKET);
        assertMatch(await client.until("\r\n\r\n"), /^HTTP\/1.1 400 /);
        await client.leave();
      }
    });
    assertEquals(reports, []);
  });

  it("is answered by what a middleware gives in place of the WebSocket, whose function does not run", async () => {
    let ran = 0;
    const inPlace: ((c: Context) => Response)[] = [
      (c) => c.text("not for you", 403),
      (c) => c.text("hello"),
      (c) => c.redirect("/login"),
    ];
    for (const [index, replace] of inPlace.entries()) {
      const app = new Hono();
      app.use(async (c, next) => {
        const response = replace(c);
        await next();
        c.res = undefined;
        c.res = response;
      });
      app.get("/chat", (c) => upgradeWebSocket(c.req.raw, () => Promise.resolve(ran++)));
      const reports = await serving(app.fetch, async (server) => {
        const client = await FrameClient.connect(portOf(server), "/chat");
        assertEquals(client.head.slice(9, 12), ["403", "200", "302"][index]);
        client.leave();
        while (server.pending > 0) await sleep(1);
      });
      assertEquals(reports, []);
    }
    assertEquals(ran, 0);
  });

  it("is answered by the error of a handler that fails after it, also where onError makes an empty response of that", async () => {
    let ran = 0;
    const fail: ServeHandler = function* (request) {
      upgradeWebSocket(request, () => Promise.resolve(ran++));
      yield* sleep(1);
      throw new HttpError(403, "not for you");
    };
    for (const [onError, status] of [[undefined, "403"], [() => new Response(null), "200"]] as const) {
      await serving(fail, async (server) => {
        const client = await FrameClient.connect(portOf(server));
        assertEquals(client.head.slice(9, 12), status);
        client.leave();
        while (server.pending > 0) await sleep(1);
      }, { onError });
    }
    assertEquals(ran, 0);
  });

  it("is answered by 500 if a middleware sets a header that cannot be sent, and its function does not run", async () => {
    let ran = 0;
    const app = new Hono();
    app.use(async (c, next) => {
      await next();
      c.header("x-control", "\x01");
    });
    app.get("/chat", (c) => upgradeWebSocket(c.req.raw, () => Promise.resolve(ran++)));
    const reports = await serving(app.fetch, async (server) => {
      const client = await FrameClient.connect(portOf(server), "/chat");
      assertEquals(client.head.slice(9, 12), "500");
      client.leave();
      while (server.pending > 0) await sleep(1);
    });
    assertEquals([reports.length, ran], [1, 0]);
  });

  it("is made a WebSocket once, and with no header of the handshake", async () => {
    let refused = 0;
    const twice: ServeHandler = (request) => {
      const refuse = (headers: HeadersInit, message: string) =>
        assertThrows(() => upgradeWebSocket(request, hello, { headers }), TypeError, message);
      refuse({ "Sec-WebSocket-Protocol": "a" }, "and give protocols");
      refuse({ connection: "close" }, "with the header connection");
      refuse({ "no name": "" }, "as headers");
      refuse(5 as unknown as HeadersInit, "5 as headers");
      const response = upgradeWebSocket(request, hello);
      assertThrows(() => upgradeWebSocket(request, hello), RuntimeError, "to a WebSocket twice");
      refused++;
      return response;
    };
    const reports = await serving(twice, async (server) => {
      const client = await new Client(server.url).open();
      assertEquals(await client.messages(1), ["hello"]);
      await client.end();
    });
    assertEquals([reports, refused], [[], 1]);
  });
});
