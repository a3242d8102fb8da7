import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import type { HttpListener } from "../../src/adapters/adapter.ts";
import { abortListeners, HTTP_ADAPTERS, listen, portOf } from "./adapters.ts";
import { RawClient } from "./raw_client.ts";

const MALFORMED = [
  ["has a path and a query", "localhost/url?x="],
  ["has a fragment", "localhost#x"],
  ["has a backslash", "localhost\\x"],
  ["has a name of a user", "somebody@localhost"],
  ["has a space", "local host"],
  ["is half an IPv6 address", "[::1"],
  ["has a port that is too large", "localhost:99999"],
  ["has a port that is no number", "localhost:http"],
  ["is an IPv4 address with too many parts", "1.2.3.4.5"],
  ["has a slash in disguise", "localhost%2furl"],
  ["has characters beyond ASCII", "l\u00f6calhost"],
] as const;

const GOOD = [
  "localhost",
  "LocalHost:8000",
  "127.0.0.1:1",
  "[::1]:8000",
  "my_service.internal",
  "example.com.",
  "xn--4ca.example:",
];

for (const adapter of HTTP_ADAPTERS) {
  describe(`The ${adapter.name} adapter and the host that a request names`, () => {
    afterEach(abortListeners);

    /** Sends the lines of a head to a server; gives the answer, what the handler saw of the URL, and where the server listens. */
    async function ask(version: string, ...lines: string[]): Promise<{ answer: string; seen: string[]; base: string }> {
      const seen: string[] = [];
      const listener = await listen(adapter, (request) => {
        for (const { url } of [request, request.clone(), new Request(request)]) seen.push(url);
        return new Response("handled");
      });
      const client = await RawClient.connect(portOf(listener));
      client.send([`GET /p?q=1 HTTP/${version}`, "Connection: close", ...lines, "", ""].join("\r\n"));
      await client.closed;
      listener.abort();
      await listener.close();
      return { answer: client.received, seen, base: `http://127.0.0.1:${portOf(listener)}` };
    }

    for (const [what, host] of MALFORMED) {
      it(`answer 400 and call no handler if it ${what}`, async () => {
        for (const version of ["1.1", "1.0"]) {
          const { answer, seen } = await ask(version, `Host: ${host}`);
          assertMatch(answer, /^HTTP\/1\.[01] 400 /);
          assertEquals(seen, []);
        }
      });
    }

    it("answer 400 and call no handler if there are two, also the same twice", async () => {
      for (const second of ["localhost", "example.com"]) {
        const { answer, seen } = await ask("1.1", "Host: localhost", "X-Between: 1", `host: ${second}`);
        assertMatch(answer, /^HTTP\/1\.1 400 /);
        assertEquals(seen, []);
      }
    });

    it("make an absolute URL of it, with the path and the query of the request", async () => {
      for (const host of GOOD) {
        const { answer, seen } = await ask("1.1", `Host: ${host}`);
        assert(answer.endsWith("handled"), answer);
        const { host: expected } = new URL(`http://${host}/`);
        for (const url of seen) {
          const { host, pathname, search } = new URL(url);
          assertEquals([host, pathname, search], [expected, "/p", "?q=1"]);
        }
        assertEquals(seen.length, 3);
      }
    });

    it("take the address that the server listens on for HTTP/1.0 without one, and for an empty one", async () => {
      for (const [version, ...lines] of [["1.0"], ["1.0", "Host:"], ["1.1", "Host:"]] as const) {
        const { answer, seen, base } = await ask(version, ...lines);
        assert(answer.endsWith("handled"), answer);
        assertEquals(seen, Array(3).fill(`${base}/p?q=1`));
      }
    });

    it("keep the body, the method, the headers and the client of a request without one", async () => {
      const listener: HttpListener = await listen(adapter, async (request, info) => {
        const { transport } = listener.clientAddr(request, info);
        return new Response(`${request.method} ${request.headers.get("x-note")} ${await request.text()} ${transport}`);
      });
      const client = await RawClient.connect(portOf(listener));
      client.send("POST /p HTTP/1.0\r\nX-Note: seen\r\nContent-Length: 4\r\n\r\nbody");
      await client.until("POST seen body tcp");
      await client.leave();
      await listener.close();
    });

    // Deno does not tell HTTP/1.1 from HTTP/1.0: see host_unknown_version_deno_test.ts.
    if (!adapter.name.startsWith("deno")) {
      it("answer 400 and call no handler for HTTP/1.1 without one", async () => {
        const { answer, seen } = await ask("1.1");
        assertMatch(answer, /^HTTP\/1\.1 400 /);
        assertEquals(seen, []);
      });
    }
  });
}
