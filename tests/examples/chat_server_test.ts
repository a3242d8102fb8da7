import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Client, whileServing } from "./program.ts";

async function enter(port: number, name: string, clients: number): Promise<Client> {
  const client = await Client.connect(port);
  await client.hears("Your name?\n");
  client.send(`${name}\n`);
  await client.hears(`* welcome, ${name}, clients: ${clients}\n`);
  return client;
}

describe("The chat server", () => {
  it("tells every line to all others, in order, and says who comes and goes", async () => {
    await whileServing("chat_server.ts", ["--port", "0"], 0, async (port) => {
      const ann = await enter(port, "ann", 1);
      const bob = await enter(port, "bob", 2);
      await ann.hears("* bob has come\n");
      const cid = await enter(port, "cid", 3);
      for (const client of [ann, bob]) await client.hears("* cid has come\n");
      ann.send("one\ntwo\n");
      for (const client of [bob, cid]) await client.hears("ann: one\nann: two\n");
      await bob.leave();
      for (const client of [ann, cid]) await client.hears("* bob has left\n");
      cid.send("three\n");
      await ann.hears("cid: three\n");
      for (const client of [ann, cid]) await client.leave();
    });
  });

  it("tells a thousand lines that a client says at once to a client that reads, whole, however long they are", async () => {
    await whileServing("chat_server.ts", ["--port", "0"], 0, async (port) => {
      const ann = await enter(port, "ann", 1);
      const bob = await enter(port, "bob", 2);
      await ann.hears("* bob has come\n");
      for (const line of ["x\n", `${"x".repeat(4_000)}\n`]) {
        bob.send(line.repeat(1_000));
        for (let heard = 0; heard < 1_000; heard++) await ann.hears(`bob: ${line}`);
      }
      for (const client of [ann, bob]) await client.leave();
    });
  });

  it("drops a client that does not read, and the others hear everything", async () => {
    await whileServing("chat_server.ts", ["--port", "0"], 0, async (port, example) => {
      const slow = await enter(port, "slow", 1);
      const ann = await enter(port, "ann", 2);
      const bob = await enter(port, "bob", 3);
      await ann.hears("* bob has come\n");
      slow.writer.transport.pauseReading();
      const line = `${"x".repeat(4_000)}\n`;
      // The system's buffers hold some megabytes of what slow does not read.
      for (let said = 0;; said++) {
        bob.send(line);
        const heard = new TextDecoder().decode(await ann.reader.readline());
        if (heard === "* slow has left\n") break;
        assertEquals(heard, `bob: ${line}`);
        if (said === 20_000) throw new Error("The client was not dropped after 80 MB.");
      }
      // What bob has said last came after that.
      await ann.hears(`bob: ${line}`);
      await example.until("slow is dropped");
      bob.send("still there?\n");
      await ann.hears("bob: still there?\n");
      slow.writer.transport.abort();
      for (const client of [ann, bob]) await client.leave();
    });
  });

  it("says goodbye at Ctrl-C, also to who has not told a name, and ends with code 0", async () => {
    await whileServing("chat_server.ts", ["--port", "0"], 0, async (port, example) => {
      const ann = await enter(port, "ann", 1);
      const nameless = await Client.connect(port);
      await nameless.hears("Your name?\n");
      example.interrupt();
      await ann.hears("* the server closes\n");
      for (const client of [ann, nameless]) {
        await client.hearsEnd();
        await client.leave();
      }
    });
  });
});
