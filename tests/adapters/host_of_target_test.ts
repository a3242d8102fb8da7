/** A limit of Bun 1.4 that docs/limits.md lists. When the test fails there, Bun has been mended: take it out of that list. */
import { assertEquals, assertMatch } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { abortListeners, ADAPTERS, listen, portOf } from "./adapters.ts";
import { RawClient } from "./raw_client.ts";

describe("A request target that is a whole URL", () => {
  afterEach(abortListeners);

  for (const adapter of ADAPTERS) {
    it(`names the host on the ${adapter.name} adapter, in place of the header, but on Bun`, async () => {
      const listener = await listen(adapter, ({ url }) => new Response(`<${url}>`));
      const client = await RawClient.connect(portOf(listener));
      client.send("GET http://target.example/p HTTP/1.1\r\nHost: header.example\r\n\r\n");
      const [, url] = /<(.*)>/.exec(await client.until(">"))!;
      assertEquals(url, adapter.name === "bun" ? "http://header.example/p" : "http://target.example/p");
      await client.leave();
      await listener.close();
    });

    for (
      const target of [
        "http://[::1/p",
        "https://a:99999/",
        "http://1.2.3.4.5/p",
        "http:///p",
        "http://",
        "http://a%2fb/",
      ]
    ) {
      it(`makes a URL or no request on the ${adapter.name} adapter: ${target}`, async () => {
        const seen: string[] = [];
        const listener = await listen(adapter, ({ url }) => {
          seen.push(url);
          return new Response("");
        });
        const client = await RawClient.connect(portOf(listener));
        client.send(`GET ${target} HTTP/1.1\r\nHost: header.example\r\nConnection: close\r\n\r\n`);
        await client.closed;
        assertEquals(seen.filter((url) => !URL.canParse(url)), []);
        assertMatch(client.received, seen.length === 0 ? /^HTTP\/1\.1 400 / : /^HTTP\/1\.1 200 /);
      });
    }
  }
});
