import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { RawClient, UPGRADE } from "../../adapters/raw_client.ts";
import { fixtureFlags, Program } from "../../program.ts";

/** It reads the certificate that it would use. */
const FLAGS = fixtureFlags("--allow-net=127.0.0.1", "--allow-read");

/** What a client does that keeps its connection, and does not read what it gets. */
const paths: Record<string, string> = {
  "whose WebSocket stays open": "/socket",
  "that does not read a large body": "/whole",
  "that does not read a stream": "/stream",
  "that does not read what a task writes": "/written",
  "that has got all and keeps the connection": "/",
};

// Deno kept the timer of a WebSocket's pings, and the connections that it could not cut; so did the other hosts by turns.
describe("A program ends with its server, and does not wait for a client", () => {
  for (const [what, path] of Object.entries(paths)) {
    it(what, async () => {
      const program = new Program(new URL("../fixtures/ends_by_itself.ts", import.meta.url), FLAGS);
      const client = await RawClient.connect(await program.port());
      client.pause();
      client.request("GET", path, ...(path === "/socket" ? UPGRADE : []));
      assertEquals(await program.ended, 0);
      await client.leave();
      assert(!program.output.includes("still here"), program.output);
    });
  }

  it("that does not finish its TLS handshake", async () => {
    const file = new URL("../fixtures/ends_by_itself.ts", import.meta.url);
    const program = new Program(file, FLAGS, ["tls"]);
    const client = await RawClient.connect(await program.port());
    client.send("\x16\x03\x01");
    program.kill("SIGTERM");
    assertEquals(await program.ended, 0);
    await client.leave();
    assert(!program.output.includes("still here"), program.output);
  });

  it("that leaves its WebSocket without a word", async () => {
    const program = new Program(new URL("../fixtures/ends_by_itself.ts", import.meta.url), FLAGS);
    const client = await RawClient.connect(await program.port());
    client.request("GET", "/socket", ...UPGRADE);
    await client.until("101 Switching Protocols");
    await client.leave();
    assertEquals(await program.ended, 0);
    assert(!program.output.includes("still here"), program.output);
  });
});
