/** A limit of Deno 2.9 that docs/limits.md lists. When this test fails, Deno has been mended: make it 400 in adapters/deno/http_host.ts. */
import { assertMatch } from "@std/assert";
import { denoAdapter } from "../../src/adapters/deno/adapter.ts";
import { listen, portOf } from "./adapters.ts";
import { RawClient } from "./raw_client.ts";

Deno.test("Deno does not tell HTTP/1.1 from HTTP/1.0: a request without a host is taken for one that need not have it", async () => {
  const listener = await listen(denoAdapter, ({ url }) => new Response(url));
  const client = await RawClient.connect(portOf(listener));
  client.send("GET /p HTTP/1.1\r\n\r\n");
  assertMatch(await client.until("/p"), /^HTTP\/1\.1 200 /);
  await client.leave();
  listener.abort();
  await listener.close();
});
