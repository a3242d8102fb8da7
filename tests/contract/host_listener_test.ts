import { assert, assertEquals } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import process from "node:process";
import { aWhile, closeAll, connect, Guests, listen, listenUnix, never, start } from "./connections.ts";
import { HOSTS } from "./hosts.ts";
import { freePort } from "../free_port.ts";

for (const { name, net } of HOSTS) {
  describe(`A listener of the ${name} adapter`, () => {
    afterEach(closeAll);

    it("knows where it listens, and its streams know both ends", async () => {
      const guests = new Guests();
      const { listener, port } = await listen(net, guests);
      const client = await connect(net, port);
      const server = await guests.next();
      assert(port > 0);
      assertEquals(listener.address, { family: "ipv4", address: "127.0.0.1", port });
      assertEquals(client.stream.remoteAddress, listener.address);
      assertEquals(server.stream.localAddress, listener.address);
      assertEquals(server.stream.remoteAddress, client.stream.localAddress);
      assertEquals([client.stream.tls, server.stream.tls], [null, null]);
    });

    it("knows the path of a Unix socket; the client's end has none", async () => {
      const guests = new Guests();
      const { listener, path } = await listenUnix(net, guests);
      const client = start(await net.connectUnix!(path, never()));
      const server = await guests.next();
      assertEquals(listener.address, { family: "unix", path });
      assertEquals(client.stream.remoteAddress, listener.address);
      assertEquals(client.stream.localAddress, { family: "unix", path: "" });
      assertEquals(server.stream.localAddress, listener.address);
      assertEquals(server.stream.remoteAddress, { family: "unix", path: "" });
    });

    it("connects by an abstract Unix socket", { ignore: process.platform !== "linux" }, async () => {
      const guests = new Guests();
      const path = `\0loop-asyncio-${crypto.randomUUID()}`;
      const listener = await net.listenUnix!({ path, backlog: 10 }, guests);
      try {
        const client = start(await net.connectUnix!(path, never()));
        const server = await guests.next();
        client.send("abstract");
        await server.hear("abstract");
        assertEquals(listener.address, { family: "unix", path });
      } finally {
        listener.close();
      }
    });

    it("speaks IPv6 where the machine does", async () => {
      const guests = new Guests();
      let port: number;
      try {
        ({ port } = await listen(net, guests, { address: "::1" }));
      } catch (error) {
        assert(["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes((error as { code: string }).code));
        return;
      }
      const client = start(await net.connectTcp({ address: "::1", port, signal: never() }));
      await guests.next();
      assertEquals(client.stream.remoteAddress, { family: "ipv6", address: "::1", port });
    });

    it("lets a client choose its own end", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests);
      const options = { address: "127.0.0.1", port, localAddress: "127.0.0.1", signal: never() };
      let client;
      try {
        client = start(await net.connectTcp(options));
      } catch (error) {
        // Said in so many words by a host that cannot.
        assertEquals((error as Error).name, "NotSupportedError");
        return;
      }
      await guests.next();
      assert(client.stream.localAddress?.family === "ipv4" && client.stream.localAddress.address === "127.0.0.1");
    });

    it("keeps the data of a client that sends and leaves before anybody looks", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests);
      const client = await connect(net, port);
      await client.sent("hit and run");
      client.stream.close();
      const server = await guests.next();
      await server.untilEnd();
      assertEquals(server.text, "hit and run");
    });

    it("leaves its connections alone when it closes, and takes no others", async () => {
      const guests = new Guests();
      const { listener, port } = await listen(net, guests);
      const client = await connect(net, port);
      const server = await guests.next();
      listener.close();
      listener.close();
      client.send("survived");
      await server.hear("survived");
      let refused = false;
      await net.connectTcp({ address: "127.0.0.1", port, signal: never() }).then((stream) => start(stream), () => {
        refused = true;
      });
      assert(refused);
      // That it was closed while it waited for connections is nothing to tell.
      assertEquals(guests.problems, []);
    });

    it("can be opened again on its port as soon as it is closed", async () => {
      const port = await freePort();
      const { listener } = await listen(net, new Guests(), { port });
      listener.close();
      await aWhile();
      const guests = new Guests();
      await listen(net, guests, { port });
      await connect(net, port);
      await guests.next();
    });

    it("takes 1,000 connections at once", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests, { backlog: 1_024 });
      const clients = await Promise.all(Array.from({ length: 1_000 }, () => connect(net, port)));
      clients.forEach((client, i) => client.send(`${i};`));
      const servers = await Promise.all(clients.map(() => guests.next()));
      const texts = await Promise.all(servers.map(async (server) => (await server.hear(";")).text));
      assertEquals(texts.map((text) => parseInt(text)).sort((a, b) => a - b), clients.map((_, i) => i));
      servers.forEach((server) => server.stream.close());
      for (const client of clients) await client.untilEnd();
    });
  });
}
