import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NotSupportedError, OSError, run, RuntimeError, sleep, taskGroup, use } from "../../mod.ts";
import { type HttpServer, serve, type ServeHandler } from "../../src/http/mod.ts";
import { CA, LOCALHOST, OTHER } from "../contract/certificates.ts";
import { get, portOf, serving, sign } from "./serving.ts";
import { within } from "../within.ts";

const plain: ServeHandler = (request) => new Response(`plain ${request.url}`);

/** A directory for the length of a test. */
async function inDirectory(body: (path: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "loop-http-"));
  try {
    await body(join(directory, "socket"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

interface Answer {
  readonly statusCode?: number;
  on(event: string, listener: (chunk: Uint8Array) => void): void;
}

function read(
  make: (done: (answer: unknown) => void) => { on(e: "error", f: (e: unknown) => void): void; end(): void },
) {
  const answer = new Promise<string>((resolve, reject) => {
    const asked = make((given) => {
      const answer = given as Answer;
      let text = `${answer.statusCode} `;
      answer.on("data", (chunk) => text += new TextDecoder().decode(chunk));
      answer.on("end", () => resolve(text));
    });
    asked.on("error", reject);
    asked.end();
  });
  return within(answer, "an answer");
}

const getUnix = (socketPath: string) => read((done) => httpRequest({ socketPath, path: "/x", agent: false }, done));

describe("serve() on the path of a Unix socket", () => {
  it("answers there, and removes the file when it has closed", async () => {
    await inDirectory(async (path) => {
      await run(async () => {
        const server = await serve(plain, { path });
        assertEquals(server.addr, { transport: "unix", path });
        assertThrows(() => server.port, RuntimeError, "it listens on a Unix socket");
        assertMatch(await getUnix(path), /^200 plain http:\/\/localhost\/x$/);
        server.close();
        await server.closed;
        assert(!existsSync(path));
      });
    });
  });

  it("knows of its clients that they have no address", async () => {
    await inDirectory(async (path) => {
      await run(async () => {
        await using _server = await serve((_, info) => Response.json(info.remoteAddr), { path });
        assertEquals(await getUnix(path), '200 {"transport":"unix","path":""}');
      });
    });
  });

  it("takes the place of a socket that is left over, and of no other file", async () => {
    await inDirectory(async (path) => {
      const old = createServer();
      await new Promise<void>((resolve) => old.listen(path, resolve));
      await run(async () => {
        await using _server = await serve(plain, { path });
        assertMatch(await getUnix(path), /^200/);
      });
      await new Promise((resolve) => old.close(resolve));
      rmSync(path, { force: true });
      await run(async () => {
        await assertRejects(async () => await serve(plain, { path: tmpdir() }), OSError, "Cannot listen on");
      });
    });
  });
});

describe("serve() with tls", () => {
  it("speaks HTTPS", async () => {
    await serving(plain, async (server) => {
      assertEquals(server.url, `https://127.0.0.1:${server.port}`);
      const options = {
        host: "127.0.0.1",
        port: portOf(server),
        path: "/x",
        ca: CA,
        servername: "localhost",
        agent: false,
      };
      assertMatch(await read((done) => httpsRequest(options, done)), /^200 plain https:\/\/127\.0\.0\.1.*\/x$/);
    }, { tls: LOCALHOST });
  });
});

describe("serve() with reusePort", () => {
  it("shares the port with another server, or says that the runtime does not", async () => {
    await run(async () => {
      let one: HttpServer;
      try {
        one = await serve(plain, { port: 0, reusePort: true });
      } catch (error) {
        assert(error instanceof NotSupportedError);
        assertMatch(error.message, /--unstable-net/);
        return;
      }
      const two = await serve(plain, { port: portOf(one), reusePort: true });
      assertEquals(portOf(two), portOf(one));
      for (const server of [one, two]) {
        server.close();
        await server.closed;
      }
    });
  });
});

describe("A server", () => {
  it("closes when its signal aborts, before or after it listens", async () => {
    await run(async () => {
      const controller = new AbortController();
      const server = await serve(plain, { port: 0, signal: controller.signal });
      assert(server.isServing());
      controller.abort();
      assert(!server.isServing());
      await server.closed;
      const never = await serve(plain, { port: 0, signal: controller.signal });
      await never.closed;
    });
  });

  it("ends with the task group that it serves in", async () => {
    await run(function* () {
      let server: HttpServer | undefined;
      yield* taskGroup(function* (group) {
        server = yield* serve(plain, { port: 0 });
        group.createTask(server.serveForever());
        yield* sleep(1);
        group.cancel();
      });
      assertMatch(String(server), /closed/);
    });
  });

  it("ends with the block of use()", async () => {
    await run(function* () {
      let server: HttpServer | undefined;
      yield* use(serve(plain, { port: 0 }), function* (given) {
        server = given;
        yield* sleep(0);
      });
      assertMatch(String(server), /closed/);
    });
  });

  it("tells its handlers that it closes", async () => {
    const waits = sign();
    let server: HttpServer;
    const handler: ServeHandler = function* () {
      waits.give();
      yield* server.draining.wait();
      return new Response("the server closes");
    };
    await serving(handler, async (given) => {
      server = given;
      assert(!server.draining.isSet());
      const answer = get(server);
      await waits.seen;
      assertEquals(server.pending, 1);
      server.close();
      assertEquals(await answer, [200, "the server closes"]);
      await server.closed;
      assertEquals(server.pending, 0);
    }, { gracePeriod: null });
  });

  it("that is aborted cuts its clients and cancels what it handles", async () => {
    const log: string[] = [];
    for (const before of ["serving", "closing"]) {
      const waits = sign();
      const handler: ServeHandler = function* () {
        try {
          waits.give();
          yield* sleep(60_000);
        } finally {
          log.push(before);
        }
        return new Response();
      };
      const reports = await serving(handler, async (server) => {
        const answer = get(server).catch(() => "cut");
        await waits.seen;
        if (before === "closing") server.close();
        server.abort();
        server.abort();
        await server.closed;
        await answer;
        assertEquals(server.pending, 0);
      }, { gracePeriod: 60_000 });
      assertEquals(reports, []);
    }
    assertEquals(log, ["serving", "closing"]);
  });

  it("listens on an address of IPv6 with and without brackets, and says a URL that reaches it", async () => {
    for (const hostname of ["::1", "[::1]"]) {
      await serving(({ url }) => new Response(url), async (server) => {
        assertEquals(server.addr, { transport: "tcp", hostname: "::1", port: server.port });
        assertEquals(server.url, `http://[::1]:${server.port}`);
        assertEquals(await get(server, "/x"), [200, `${server.url}/x`]);
      }, { hostname });
    }
  });

  it("refuses options that do not go together", async () => {
    const bad: [Record<string, unknown>, RegExp][] = [
      [{ path: "/tmp/x", port: 1 }, /path alone/],
      [{ path: "" }, /empty path/],
      [{ hostname: "" }, /empty hostname/],
      [{ hostname: "[::1" }, /brackets are for an address of IPv6, such as "\[::1\]"/],
      [{ hostname: "[localhost]" }, /brackets are for an address of IPv6/],
      [{ path: "/tmp/x", reusePort: true }, /reusePort is for ports/],
      [{ tls: {} }, /as cert: give the text/],
      [{ tls: null }, /null as tls: give \{ cert, key \}/],
      [{ tls: false }, /the boolean false as tls/],
      [{ tls: "" }, /the string "" as tls/],
      [{ tls: { cert: "x", key: "y" } }, /not PEM/],
      [{ tls: { ...LOCALHOST, requestCert: true } }, /HTTPS with requestCert: no runtime lets an HTTP server/],
      [{ tls: { ...LOCALHOST, cret: "x" } }, /unknown option "cret"/],
      [{ tls: { cert: LOCALHOST.cert, key: OTHER.key } }, /another certificate's/],
      [{ requestTimeout: 0 }, /too slow/],
      [{ requestTimeout: NaN }, /0 or more/],
      [{ maxConcurrency: 0 }, /1 or more/],
      [{ maxWaiting: 1.5 }, /whole number/],
      [{ headTimeout: 0 }, /every client would be too slow/],
      [{ headTimeout: "60s" }, /as headTimeout: write a number of milliseconds, or null for no limit/],
      [{ keepAliveTimeout: 0 }, /no connection could be used again/],
      [{ keepAliveTimeout: -1 }, /0 or more/],
      [{ maxConnections: 0 }, /1 or more/],
      ...[
        "requestTimeout",
        "maxConcurrency",
        "maxWaiting",
        "headTimeout",
        "keepAliveTimeout",
        "maxConnections",
        "gracePeriod",
      ]
        .map((
          name,
        ): [Record<string, unknown>, RegExp] => [{ [name]: Infinity }, /of Infinity: write null for no limit/]),
      [{ signal: "stop" }, /AbortSignal/],
      [{ onError: 1 }, /onError/],
      [{ onOutcome: 1 }, /onOutcome/],
    ];
    for (const [options, message] of bad) {
      try {
        await run(() => serve(plain, options));
      } catch (error) {
        assertMatch(String(error), message);
        continue;
      }
      throw new Error(`Not refused: ${JSON.stringify(options)}`);
    }
  });
});
