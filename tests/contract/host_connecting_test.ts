import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { OSError } from "@loop/asyncio";
import type { HostStream } from "../../src/adapters/adapter.ts";
import { aWhile, closeAll, connect, folder, Guests, listen, listenUnix, never, start } from "./connections.ts";
import { HOSTS } from "./hosts.ts";
import { openSockets } from "../open_sockets.ts";
import { eventually, within } from "../within.ts";

for (const { name, net, traits } of HOSTS) {
  describe(`Connecting by the ${name} adapter`, () => {
    afterEach(closeAll);

    const tcp = (port: number, signal = never()): Promise<HostStream> =>
      net.connectTcp({ address: "127.0.0.1", port, signal });

    it("rejects with ECONNREFUSED where nobody listens", async () => {
      const { listener, port } = await listen(net, new Guests());
      listener.close();
      await aWhile();
      const error = await assertOSError(tcp(port), "ECONNREFUSED");
      assertStringIncludes(error.message, `Cannot connect to 127.0.0.1:${port}`);
      assert(error.cause instanceof Error);
    });

    it("rejects with the signal's reason when it had aborted before", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests);
      const reason = new Error("not any more");
      const error = await assertRejects(() => tcp(port, AbortSignal.abort(reason)));
      assertEquals(error, reason);
      await aWhile();
      assertEquals(guests.peers.length, 0);
    });

    it("rejects with the signal's reason and leaves nothing open when it aborts at once", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests);
      const { path } = await listenUnix(net, guests);
      for (
        const attempt of [
          (signal: AbortSignal) => tcp(port, signal),
          (signal: AbortSignal) => net.connectUnix!(path, signal),
        ]
      ) {
        const controller = new AbortController();
        const reason = new Error("changed my mind");
        const connecting = attempt(controller.signal);
        controller.abort(reason);
        // A connection that was quicker than the abort may have been made, but nobody can have been given it.
        assertEquals(await assertRejects(() => connecting), reason);
      }
      await aWhile();
      for (const peer of guests.peers) {
        await peer.until(() => peer.ended || peer.error !== undefined, "the client to leave");
      }
    });

    it("leaves nothing open of many that are given up, some of them in the moment in which they succeed", async () => {
      const before = openSockets();
      const guests = new Guests();
      const { port, listener } = await listen(net, guests);
      for (let round = 0; round < 20; round++) {
        const attempts = Array.from({ length: 30 }, async (_, i) => {
          const controller = new AbortController();
          const connecting = tcp(port, controller.signal).then((stream) => start(stream).cut(), () => {});
          // On Deno a connect succeeds unnoticed only between its timers and what the system tells.
          if (i % 3 === 0) await new Promise<void>((resolve) => setTimeout(resolve, i % 4));
          else for (let turns = i % 3; turns > 0; turns--) await new Promise<void>((resolve) => setImmediate(resolve));
          controller.abort();
          await connecting;
        });
        await within(Promise.all(attempts), "the ends of connects");
      }
      for (const peer of guests.peers) {
        await peer.until(() => peer.ended || peer.error !== undefined, "a client to leave");
        await peer.cut();
      }
      await listener.close();
      await eventually(() => openSockets() <= before, "as few open sockets as before");
    });

    it("does not mind a signal that aborts afterwards", async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests);
      const controller = new AbortController();
      const client = start(await tcp(port, controller.signal));
      const server = await guests.next();
      controller.abort();
      await aWhile();
      client.send("unimpressed");
      await server.hear("unimpressed");
    });

    it("can be given up while the other side does not answer (a stuck SYN)", { ignore: !traits.real }, async () => {
      const child = spawn(process.execPath, [...runArguments(), fixture("deaf.mjs")], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
      try {
        const said = new Promise<number>((resolve) =>
          child.stdout!.once("data", (chunk: Uint8Array) => resolve(parseInt(new TextDecoder().decode(chunk))))
        );
        const port = await within(Promise.race([said, exited.then(() => NaN)]), "the port of a deaf server");
        const controller = new AbortController();
        const reason = new Error("gave up");
        const outcomes: unknown[] = [];
        // The first ones fill the queue of the other side's system, which Bun makes long, and the rest wait in vain.
        const attempts = Array.from(
          { length: "Bun" in globalThis ? 700 : 8 },
          () =>
            tcp(port, controller.signal).then((stream) => {
              outcomes.push("connected");
              start(stream);
            }, (error) => outcomes.push(error)),
        );
        await aWhile(200);
        controller.abort(reason);
        await Promise.all(attempts);
        const stuck = outcomes.filter((outcome) => outcome !== "connected");
        assert(stuck.length > 0, "No connection was stuck.");
        assert(stuck.every((outcome) => outcome === reason));
      } finally {
        child.kill("SIGKILL");
        await within(exited, "the end of a deaf server");
      }
    });

    it("rejects with ENOENT for a Unix socket that is not there", async () => {
      const path = join(folder(), "absent");
      const error = await assertOSError(net.connectUnix!(path, never()), "ENOENT");
      assertStringIncludes(error.message, path);
    });

    it("rejects with ECONNREFUSED for a Unix socket that nobody listens on any more (a stale file)", {
      ignore: !traits.real,
    }, async () => {
      const path = join(folder(), "stale");
      await leaveStale(path);
      await assertOSError(net.connectUnix!(path, never()), "ECONNREFUSED");
    });

    it("rejects with ENAMETOOLONG for the path of a Unix socket that is too long, and cuts it nowhere", async () => {
      const path = join(folder(), "x".repeat(120));
      await assertOSError(net.connectUnix!(path, never()), "ENAMETOOLONG");
      await assertOSError(net.listenUnix!({ path: path, backlog: 10 }, new Guests()), "ENAMETOOLONG");
    });
  });

  describe(`Listening by the ${name} adapter`, () => {
    afterEach(closeAll);

    it("rejects with EADDRINUSE on a port in use", async () => {
      const { port } = await listen(net, new Guests());
      const error = await assertOSError(listen(net, new Guests(), { port }), "EADDRINUSE");
      assertStringIncludes(error.message, `Cannot listen on 127.0.0.1:${port}`);
    });

    it("rejects with EADDRNOTAVAIL on an address of another machine", async () => {
      await assertOSError(listen(net, new Guests(), { address: "192.0.2.1" }), "EADDRNOTAVAIL");
    });

    it("shares a port that is asked for twice with reusePort", { ignore: !traits.reusePort }, async () => {
      const guests = new Guests();
      const { port } = await listen(net, guests, { reusePort: true });
      await listen(net, guests, { reusePort: true, port });
      for (let i = 0; i < 10; i++) await connect(net, port);
      for (let i = 0; i < 10; i++) await guests.next();
    });

    it("rejects with EADDRINUSE where a Unix socket listens, or a stale one or a file is", {
      ignore: !traits.real,
    }, async () => {
      const { path } = await listenUnix(net, new Guests());
      await assertOSError(net.listenUnix!({ path: path, backlog: 10 }, new Guests()), "EADDRINUSE");
      const stale = join(folder(), "stale");
      await leaveStale(stale);
      await assertOSError(net.listenUnix!({ path: stale, backlog: 10 }, new Guests()), "EADDRINUSE");
      const file = join(folder(), "file");
      writeFileSync(file, "");
      await assertOSError(net.listenUnix!({ path: file, backlog: 10 }, new Guests()), "EADDRINUSE");
    });

    it("rejects with ENOENT in a folder that is not there", { ignore: !traits.real }, async () => {
      await assertOSError(
        net.listenUnix!({ path: join(folder(), "absent", "socket"), backlog: 10 }, new Guests()),
        "ENOENT",
      );
    });
  });

  describe(`Looking names up by the ${name} adapter`, () => {
    it("finds localhost", async () => {
      const answers = await net.lookup("localhost", "any", never());
      assert(answers.length > 0);
      for (const { address } of answers) assert(["127.0.0.1", "::1"].includes(address), address);
      const four = await net.lookup("localhost", "ipv4", never());
      assertEquals(four[0], { family: "ipv4", address: "127.0.0.1" });
    });

    it("gives an address back, if it is of the family", async () => {
      assertEquals(await net.lookup("127.0.0.1", "any", never()), [{ family: "ipv4", address: "127.0.0.1" }]);
      assertEquals(await net.lookup("::1", "ipv6", never()), [{ family: "ipv6", address: "::1" }]);
      await assertOSError(net.lookup("127.0.0.1", "ipv6", never()), "ENOTFOUND");
    });

    it("rejects with ENOTFOUND when there is none", async () => {
      for (const hostname of ["no-such-host.invalid", "a..b", ""]) {
        const error = await assertRejects(() => net.lookup(hostname, "any", never()), OSError);
        // A machine without a name server cannot know.
        assert(["ENOTFOUND", "EAI_AGAIN"].includes(error.code), error.code);
        assertStringIncludes(error.message, JSON.stringify(hostname));
      }
    });

    it("asks nobody when it is given up already", async () => {
      const signal = AbortSignal.abort(new Error("enough"));
      await assertRejects(() => net.lookup("localhost", "any", signal), Error, "enough");
    });

    it("finds the name of an address, and the service of a port", { ignore: !net.reverseLookup }, async () => {
      const { hostname, service } = await net.reverseLookup!("127.0.0.1", 80, never());
      assert(hostname.length > 0);
      assert(["http", "80"].includes(service), service);
    });
  });
}

async function assertOSError(attempt: Promise<unknown>, code: string): Promise<OSError> {
  const error = await attempt.then(() => undefined, (error: unknown) => error);
  assertInstanceOf(error, OSError);
  assertEquals(error.code, code);
  return error;
}

/** Leaves the file of a Unix socket behind, as a program does that was killed. */
async function leaveStale(path: string): Promise<void> {
  const child = spawn(process.execPath, [...runArguments(), fixture("stale.mjs"), path], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await within(exited, "the end of a program that leaves a socket behind");
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

function runArguments(): string[] {
  return "Deno" in globalThis ? ["run", "--no-config", "--allow-all", "--quiet"] : [];
}
