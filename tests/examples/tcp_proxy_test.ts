import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { run, type Server, startServer, type StreamReader, type StreamWriter } from "../../mod.ts";
import { Client, talkTo } from "./program.ts";

type Serve = (reader: StreamReader, writer: StreamWriter) => Promise<void>;

/** Starts a target and a proxy to it, and connects a client to the proxy. */
function throughProxy(serve: Serve, talk: (client: Client, target: Server) => Promise<void>): Promise<void> {
  return run(async () => {
    await using target = await startServer(serve, "127.0.0.1", 0);
    await talkTo("tcp_proxy.ts", ["127.0.0.1:0", `127.0.0.1:${target.port}`], 130, async (port) => {
      const client = await Client.connect(port);
      await talk(client, target);
    });
    target.abortClients();
  });
}

describe("The TCP proxy", () => {
  it("passes both directions on", async () => {
    const shout: Serve = async (reader, writer) => {
      for await (const line of reader) writer.write(line.map((byte) => byte & ~0x20));
      writer.close();
    };
    await throughProxy(shout, async (client) => {
      // A line's end loses a bit as well, and is 0x0a again.
      client.send("one\ntwo\n");
      await client.hears("ONE\nTWO\n");
      await client.leave();
    });
  });

  it("passes on that the client has sent everything, and what the target answers after that", async () => {
    const count: Serve = async (reader, writer) => {
      const { length } = await reader.read();
      writer.write(new TextEncoder().encode(`${length} bytes`));
      writer.close();
    };
    await throughProxy(count, async (client) => {
      client.send("x".repeat(100_000));
      client.end();
      await client.hears("100000 bytes");
      await client.hearsEnd();
      await client.leave();
    });
  });

  it("does not take more from the client than the target reads and some buffers", async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => release = resolve);
    let received = 0;
    const late: Serve = async (reader, writer) => {
      await released;
      received = (await reader.read()).length;
      writer.close();
    };
    await throughProxy(late, async (client) => {
      // More than all buffers of the system on the way.
      const much = 64 * 1024 * 1024;
      client.writer.write(new Uint8Array(much));
      client.end();
      let before: number;
      do {
        before = client.writer.transport.getWriteBufferSize();
        await new Promise((resolve) => setTimeout(resolve, 100));
      } while (client.writer.transport.getWriteBufferSize() < before);
      assertEquals(before > much / 2, true);
      release();
      await client.hearsEnd();
      assertEquals(received, much);
      await client.leave();
    });
  });

  it("closes the client's connection when the target breaks its own", async () => {
    const broken: Serve = async (reader, writer) => {
      await reader.read(1);
      writer.transport.abort();
    };
    await throughProxy(broken, async (client) => {
      client.send("x");
      await client.leaveAtEnd();
    });
  });

  it("closes the client's connection when nobody listens at the target, and says so", async () => {
    await run(async () => {
      const server = await startServer(() => {}, "127.0.0.1", 0);
      const target = String(server.port);
      server.close();
      await talkTo("tcp_proxy.ts", ["0", target], 130, async (port, proxy) => {
        const client = await Client.connect(port);
        await client.leaveAtEnd();
        await proxy.until(`No connection to 127.0.0.1:${target}: `);
        proxy.errors = "";
      });
    });
  });
});
