import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { delay } from "@std/async";
import { LOCALHOST } from "../contract/certificates.ts";
import { RawClient } from "../adapters/raw_client.ts";
import { eventually } from "../within.ts";
import { portOf, serving } from "./serving.ts";

/** The hosts whose connections the module can limit. */
const LIMITED = !("Bun" in globalThis);

/** Deno answers nothing to a head that is too slow, and does not tell a further one from a connection that is idle. */
const DENO = "Deno" in globalThis;

const options = { ignore: !LIMITED };
const hello = () => new Response("hello");

/** Sends a letter from time to time until the connection is closed. */
async function drip(client: RawClient): Promise<void> {
  for (let sent = 0; !client.ended; sent++) {
    if (sent > 1_000) throw new Error("The server has taken a thousand letters.");
    client.send("x");
    await delay(10);
  }
}

/**
 * Asks by a new connection until the handler has been asked: where the machine stands still for the time that the head of a request may take, the
 * host ends the connection, rightly.
 */
async function reaching(port: number, ask: (client: RawClient) => void, isAsked: () => boolean): Promise<RawClient> {
  for (let tries = 0; tries < 10; tries++) {
    const client = await RawClient.connect(port);
    ask(client);
    await eventually(() => isAsked() || client.ended, "the request, or the end of its connection");
    if (isAsked()) return client;
  }
  throw new Error("No request has reached its handler, ten times over.");
}

describe("headTimeout", options, () => {
  it("ends a client that sends the head of its request letter by letter, with 408 where the host can", async () => {
    await serving(hello, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.send("GET / HTTP/1.1\r\nHost: ");
      await drip(client);
      if (DENO) assertEquals(client.received, "");
      else assertMatch(client.received, /^HTTP\/1\.1 408 /);
      await client.closed;
    }, { headTimeout: 100 });
  });

  it("ends a client that sends nothing", async () => {
    await serving(hello, async (server) => {
      const client = await RawClient.connect(portOf(server));
      await client.closed;
    }, { headTimeout: 100 });
  });

  it("ends a client whose next request does not come to its end", async () => {
    let isAsked = false;
    const handler = () => {
      isAsked = true;
      return hello();
    };
    await serving(handler, async (server) => {
      const client = await reaching(portOf(server), (client) => client.request("GET"), () => isAsked);
      await client.until("hello");
      client.send("GET / HTTP/1.1\r\n");
      if (!DENO) await client.until("HTTP/1.1 408 ");
      await client.closed;
    }, { headTimeout: 500, ...(DENO ? { keepAliveTimeout: 500 } : {}) });
  });

  // Deno keeps such a connection whoever closes it: see tests/adapters/deno_http_quirks_deno_test.ts.
  it("ends a client that does not finish its TLS handshake", { ignore: DENO }, async () => {
    await serving(hello, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.send("\x16\x03\x01");
      await client.closed;
    }, { headTimeout: 100, tls: LOCALHOST });
  });

  it("leaves the time that a body and its answer take alone", async () => {
    let isAsked = false;
    const handler = async (request: Request) => {
      isAsked = true;
      const text = await request.text();
      await delay(600);
      return new Response(`got ${text.length}`);
    };
    await serving(handler, async (server) => {
      const ask = (client: RawClient) => client.request("POST", "/", "Content-Length: 4");
      const client = await reaching(portOf(server), ask, () => isAsked);
      for (const letter of "body") {
        await delay(150);
        client.send(letter);
      }
      await client.until("got 4");
      await client.leave();
    }, { headTimeout: 500 });
  });
});

describe("keepAliveTimeout", options, () => {
  it("closes a connection that is not used again", async () => {
    await serving(hello, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.request("GET");
      await client.until("hello");
      await client.closed;
    }, { keepAliveTimeout: 100 });
  });

  it("begins anew with each answer, and leaves one that takes its time alone", async () => {
    let asked = 0;
    const handler = async () => {
      asked++;
      await delay(800);
      return new Response("hello");
    };
    await serving(handler, async (server) => {
      const ask = (client: RawClient) => client.request("GET");
      // A second request that comes too late, since the machine stood still, reaches nobody.
      for (let tries = 0; asked < 2; tries++) {
        assert(tries < 10, "no second request has reached its handler, ten times over");
        asked = 0;
        const client = await reaching(portOf(server), ask, () => asked === 1);
        await client.until("hello");
        client.received = "";
        ask(client);
        await eventually(() => asked === 2 || client.ended, "the second request, or the end of its connection");
        if (asked === 2) await client.until("hello");
        await client.closed;
      }
    }, { keepAliveTimeout: 600 });
  });
});

describe("maxConnections", options, () => {
  it("closes those beyond, and lets others in when one has left", async () => {
    await serving(hello, async (server) => {
      const [first, second] = [await RawClient.connect(portOf(server)), await RawClient.connect(portOf(server))];
      for (const client of [first, second]) {
        client.request("GET");
        await client.until("hello");
      }
      const third = await RawClient.connect(portOf(server));
      await third.closed;
      assertEquals(third.received, "");
      await first.leave();
      let late = third;
      while (late.received === "") {
        late = await RawClient.connect(portOf(server));
        late.request("GET");
        await late.until("hello").catch(() => {});
      }
      assertStringIncludes(late.received, "hello");
      await Promise.all([second.leave(), late.leave()]);
    }, { maxConnections: 2 });
  });
});
