import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { Client, whileServing } from "./program.ts";

const ca = readFileSync(new URL("../../examples/tls/localhost.pem", import.meta.url), "utf8");

describe("The TLS echo server", () => {
  for (
    const [offered, agreed, answer] of [
      [["shout"], "shout", "HELLO, Ä"],
      [["echo", "shout"], "echo", "hello, Ä"],
      [undefined, null, "hello, Ä"],
    ] as const
  ) {
    it(`answers a client that offers ${offered?.join(" and ") ?? "no protocol"}`, async () => {
      await whileServing("tls_echo.ts", ["--port", "0"], 130, async (port, example) => {
        const client = await Client.connect(port, offered === undefined ? { ca } : { ca, alpnProtocols: offered });
        assertEquals(client.writer.getExtraInfo("alpnProtocol"), agreed);
        client.send("hello, Ä");
        await client.hears(answer);
        await example.until(`A client speaks ${agreed ?? "echo"}.`);
        await client.leave();
      });
    });
  }

  it("gives back a megabyte", async () => {
    await whileServing("tls_echo.ts", ["--port", "0"], 130, async (port) => {
      const client = await Client.connect(port, { ca });
      const sent = new Uint8Array(1024 * 1024).map((_, i) => i % 251);
      client.writer.write(sent);
      assertEquals(await client.reader.readexactly(sent.length), sent);
      await client.leave();
    });
  });

  it("goes on after a client that does not speak TLS", async () => {
    await whileServing("tls_echo.ts", ["--port", "0"], 130, async (port) => {
      const plain = await Client.connect(port);
      plain.send("What is TLS?\n");
      await plain.leaveAtEnd();
      const client = await Client.connect(port, { ca });
      client.send("x");
      await client.hears("x");
      await client.leave();
    });
  });
});
