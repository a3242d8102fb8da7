/** A limit of Bun 1.4 that the README lists. When the test fails there, Bun has been mended: take it out of that list. */
import { assertEquals } from "@std/assert";
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
    });
  }
});
