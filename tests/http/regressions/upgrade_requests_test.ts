import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sleep } from "../../../mod.ts";
import { type ServeHandler, upgradeWebSocket } from "../../../src/http/mod.ts";
import { RawClient, UPGRADE, WEB_SOCKET } from "../../adapters/raw_client.ts";
import { get, portOf, serving, sign } from "../serving.ts";

/** The hosts on which a request may turn out to be none for a WebSocket, or the client to leave, before it is one. */
const ON_NODE = !("Deno" in globalThis) && !("Bun" in globalThis);

describe("A client that leaves", () => {
  const leaves: Record<string, (client: RawClient) => void> = {
    "with a reset, or without a word": (client) => void client.leave(),
    "by ending its half": (client) => client.finish(),
  };
  for (const [how, leave] of Object.entries(leaves)) {
    it(`before its upgrade is gone: ${how}`, async () => {
      const outcomes: string[] = [];
      const begun = sign();
      const ended = sign();
      const handler: ServeHandler = function* (request) {
        begun.give();
        try {
          yield* sleep(60_000);
        } finally {
          ended.give();
        }
        return upgradeWebSocket(request, function* () {});
      };
      await serving(handler, async (server) => {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", "/", ...UPGRADE);
        await begun.seen;
        leave(client);
        await ended.seen;
        while (outcomes.length === 0) await sleep(1);
        await client.leave();
      }, { onOutcome: ({ outcome }) => void outcomes.push(outcome) });
      assertEquals(outcomes, ["clientGone"]);
    });

    it(`a slow route that it has asked to upgrade is gone: ${how}`, async () => {
      const begun = sign();
      const ended = sign();
      const handler: ServeHandler = function* (request) {
        begun.give();
        try {
          yield* sleep(60_000);
        } finally {
          if (request.signal.aborted) ended.give();
        }
        return new Response("slow");
      };
      await serving(handler, async (server) => {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", "/", ...UPGRADE);
        await begun.seen;
        leave(client);
        await ended.seen;
        await client.leave();
      });
    });
  }
});

describe("A request for a WebSocket", () => {
  const handler: ServeHandler = (request) =>
    upgradeWebSocket(request, function* (socket) {
      yield* socket.send("hello");
    });

  it("without Connection: Upgrade is answered by 400, and nothing is reported", async () => {
    const reports = await serving(handler, async (server) => {
      for (const connection of [[], ["Connection: keep-alive"], ["Connection: close"]]) {
        const client = await RawClient.connect(portOf(server));
        client.request("GET", "/", ...connection, "Upgrade: websocket", ...WEB_SOCKET);
        assertMatch(await client.until("\r\n\r\n"), /^HTTP\/1\.1 400 /);
        await client.leave();
      }
    });
    assertEquals(reports, []);
  });

  it("in the words of HTTP/1.0 is answered, and nothing is reported", { ignore: !ON_NODE }, async () => {
    const reports = await serving(handler, async (server) => {
      const client = await RawClient.connect(portOf(server));
      client.send(["GET / HTTP/1.0", "Host: h", ...UPGRADE, "", ""].join("\r\n"));
      assertMatch(await client.until("\r\n\r\n"), /^HTTP\/1\.[01] (400|101|426) /);
      await client.leave();
    });
    assertEquals(reports, []);
  });

  it("that is one for something else is answered as any other", async () => {
    const plain: ServeHandler = function* ({ method, headers }) {
      yield* sleep(5);
      return new Response(`${method} ${headers.get("upgrade")};`);
    };
    const reports = await serving(plain, async (server) => {
      // Deno refuses the second.
      for (const method of "Deno" in globalThis ? ["GET"] : ["GET", "POST"]) {
        const client = await RawClient.connect(portOf(server));
        client.request(
          method,
          "/",
          "Connection: Upgrade, HTTP2-Settings",
          "Upgrade: h2c",
          ...(method === "GET" ? [] : ["Content-Length: 0"]),
        );
        await client.until(`${method} h2c;`);
        await client.leave();
      }
      assertEquals((await get(server))[0], 200);
    });
    assertEquals(reports, []);
  });

  it("takes what its client has sent too early, however much that is", { ignore: !ON_NODE }, async () => {
    const early: ServeHandler = function* (request) {
      yield* sleep(20);
      return upgradeWebSocket(request, function* (socket) {
        let count = 0;
        while ((yield* socket.receive()) !== "end") count++;
        yield* socket.send(`${count} messages;`);
      });
    };
    await serving(early, async (server) => {
      const client = await RawClient.connect(portOf(server));
      const mask = "\0\0\0\0";
      const message = `\x81\xfe\x03\xe8${mask}${"x".repeat(1_000)}`;
      client.request("GET", "/", ...UPGRADE);
      client.sendBytes(Uint8Array.from(`${message.repeat(500)}\x81\x83${mask}end`, (letter) => letter.charCodeAt(0)));
      await client.until("500 messages;");
      await client.leave();
    });
  });
});

describe("A request with two hosts", () => {
  it("is refused, whichever of them comes first", { ignore: !ON_NODE }, async () => {
    let handled = 0;
    const handler = () => {
      handled++;
      return new Response("handled");
    };
    await serving(handler, async (server) => {
      for (const hosts of [["Host: a", "Host: b"], ["Host: a", "host: a"]]) {
        const client = await RawClient.connect(portOf(server));
        client.send(["GET / HTTP/1.1", ...hosts, "", ""].join("\r\n"));
        assertMatch(await client.until("\r\n\r\n"), /^HTTP\/1\.1 400 /);
        await client.leave();
      }
      assertEquals(handled, 0);
    });
  });
});
