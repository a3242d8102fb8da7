/**
 * What Node 24 does by itself, and docs/limits.md tells of. A test that fails here says that Node has mended it: what is said about it can go then.
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { within } from "../within.ts";
import { RawClient } from "./raw_client.ts";

describe("Node", { ignore: "Deno" in globalThis || "Bun" in globalThis }, () => {
  it("does not see a client leave while much of the body of its request was not read", async () => {
    for (const [length, seen] of [[1_000, true], [500_000, false]] as const) {
      const waits = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<boolean>();
      const server = createServer((_request, response) => {
        response.once("close", () => gone.resolve(true));
        waits.resolve();
      });
      await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
      const client = await RawClient.connect((server.address() as AddressInfo).port);
      client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${"b".repeat(length)}`);
      await within(waits.promise, "a request");
      await client.leave();
      const late = new Promise<boolean>((resolve) => setTimeout(resolve, 300, false));
      const wasSeen = seen
        ? within(gone.promise, "the news that the client has left")
        : Promise.race([gone.promise, late]);
      assertEquals([length, await wasSeen], [length, seen]);
      await late;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
