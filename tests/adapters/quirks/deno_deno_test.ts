/**
 * What Deno does otherwise than others: see src/adapters/deno/quirks.ts. When one of these fails Deno has mended it, so take out the quirk
 * and what is done about it.
 */
import dgram from "node:dgram";
import net from "node:net";
import process from "node:process";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { denoMarks } from "../../../src/adapters/deno/adapter.ts";
import { StorageMarks } from "../../../src/adapters/shared/process.ts";

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const local = "127.0.0.1";

/** What is used of the binding that pipes of `node:net` are made of. */
interface PipeWrap {
  readonly Pipe: new (kind: number) => {
    open(fd: number): number;
    readStart(): number;
    close(): void;
    onread: () => void;
  };
}

/** A datagram socket of Node's that is bound. */
async function bound(options: dgram.SocketOptions = { type: "udp4" }, port = 0): Promise<dgram.Socket> {
  const socket = dgram.createSocket(options);
  await new Promise<void>((resolve, reject) => socket.once("error", reject).bind(port, local, resolve));
  return socket;
}

describe("Deno", () => {
  it("loads its timers when one is first read", async () => {
    const code = "console.log(typeof Object.getOwnPropertyDescriptor(globalThis, 'setTimeout').get)";
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), "function");
  });

  it("looks at its sockets in one of 61 turns while something is ready", async () => {
    const listener = Deno.listen({ hostname: local, port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const [accepted, client] = await Promise.all([listener.accept(), Deno.connect({ hostname: local, port })]);
    let turns = 0;
    let turning = true;
    const turn = () => {
      turns++;
      for (const until = performance.now() + 0.2; performance.now() < until;);
      if (turning) setImmediate(turn);
    };
    const byte = new Uint8Array(1);
    let most = 0;
    setImmediate(turn);
    for (let i = 0; i < 10; i++) {
      const read = accepted.read(new Uint8Array(1));
      // It waits by then, so Deno has to look.
      await pause(5);
      turns = 0;
      await client.write(byte);
      await read;
      most = Math.max(most, turns);
    }
    turning = false;
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (const one of [accepted, client, listener]) one.close();
    assert(most > 20, `each of ten bytes came within ${most} turns`);
  });

  it("reads a pipe again without looking at its sockets", { ignore: Deno.build.os !== "linux" }, async () => {
    const library = Deno.dlopen("libc.so.6", {
      eventfd: { parameters: ["u32", "i32"], result: "i32" },
      write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
    });
    const { eventfd, write } = library.symbols;
    const fd = eventfd(0, 0x80800);
    const one = new Uint8Array(new BigUint64Array([1n]).buffer);
    const { Pipe } = (process as unknown as { binding(name: string): PipeWrap }).binding("pipe_wrap");
    const pipe = new Pipe(0);
    let turns = 0;
    let turning = true;
    const turn = () => {
      turns++;
      if (turning) setImmediate(turn);
    };
    setImmediate(turn);
    const took = await new Promise<number[]>((resolve) => {
      const taken: number[] = [];
      pipe.onread = () => {
        taken.push(turns);
        turns = 0;
        if (taken.length > 11) resolve(taken.slice(2));
        else write(fd, one, 8n);
      };
      pipe.open(fd);
      pipe.readStart();
      write(fd, one, 8n);
    });
    turning = false;
    pipe.close();
    library.close();
    // Of 61 turns, one has a look.
    assert(Math.max(...took) < 5, `the reads came after ${took} turns`);
  });

  it("has the functions that AsyncLocalStorage is made of", () => {
    assert(!(denoMarks() instanceof StorageMarks));
  });

  it("gives a failed lookup no code", async () => {
    const error = await assertRejects(() => Deno.connect({ hostname: "no-such-name.invalid", port: 1 }), Error);
    assertEquals((error as { code?: string }).code, undefined);
    assertMatch(error.message, /failed to lookup address/);
  });

  it("ends the program that asks for a shared port without its flag", async () => {
    const code = "try { Deno.listen({ port: 0, reusePort: true }) } catch {}; console.log('alive')";
    const program = new Deno.Command(Deno.execPath(), { args: ["eval", code] });
    const { stdout, success } = await program.output();
    assertEquals([success, new TextDecoder().decode(stdout)], [false, ""]);
  });

  it("has no datagrams without its flag", () => {
    assertEquals((Deno as { listenDatagram?: unknown }).listenDatagram, undefined);
  });

  it("sends datagrams in any order", async () => {
    const [from, to] = [await bound(), await bound()];
    const { port } = to.address();
    let before = -1;
    let isOrdered = true;
    to.on("message", (bytes) => {
      const number = Number(String(bytes));
      isOrdered &&= number > before;
      before = number;
    });
    for (let i = 0; i < 100 && isOrdered; i++) {
      before = -1;
      for (let n = 0; n < 100; n++) from.send(String(n), port, local);
      await pause(5);
    }
    from.close();
    to.close();
    assert(!isOrdered);
  });

  it("lets a connected datagram socket hear everybody", async () => {
    const [connected, peer, stranger] = [await bound(), await bound(), await bound()];
    await new Promise<void>((resolve) => connected.connect(peer.address().port, local, resolve));
    const heard = new Promise<void>((resolve) => connected.once("message", () => resolve()));
    stranger.send("x", connected.address().port, local);
    await heard;
    for (const socket of [connected, peer, stranger]) socket.close();
  });

  it("does not heed reusePort of node:dgram", async () => {
    const first = await bound({ type: "udp4", reusePort: true });
    await assertRejects(() => bound({ type: "udp4", reusePort: true }, first.address().port), Error, "EADDRINUSE");
    first.close();
  });

  it("gives a broadcast that is not allowed no code of its own", async () => {
    const socket = dgram.createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, resolve));
    const error = await new Promise<Error | null>((resolve) => socket.send("x", 9, "255.255.255.255", resolve));
    socket.close();
    assertEquals((error as { code?: string } | null)?.code, "UNKNOWN");
  });

  it("says EINVAL of a local address that is another machine's", async () => {
    const error = await new Promise<Error>((resolve) =>
      net.connect({ host: local, port: 9, localAddress: "192.0.2.1" }).on("error", resolve)
    );
    assertEquals((error as { code?: string }).code, "EINVAL");
  });

  it("makes null of a message that is undefined", async () => {
    const { port1, port2 } = new MessageChannel();
    const come = new Promise<unknown>((resolve) => port2.onmessage = ({ data }) => resolve(data));
    port1.postMessage(undefined);
    assertEquals(await come, null);
    port1.close();
    port2.close();
  });

  it("does not know the signals above 31", async () => {
    // In a program of its own, which leaves behind what Deno does not know to have ended.
    const code = `
      const child = new Deno.Command("sh", { args: ["-c", "kill -34 $$; sleep 60"] }).spawn();
      await child.status.catch((error) => console.log(error.message));
      Deno.exit(0);`;
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
    assertEquals(new TextDecoder().decode(stdout).trim(), "Invalid signal: 34");
  });

  it("refuses a signal to a process that has ended by a TypeError", async () => {
    const child = new Deno.Command("true").spawn();
    await child.status;
    assertThrows(() => child.kill(), TypeError, "terminated");
  });

  it("says ENOENT of a working directory that is a file", () => {
    const error = assertThrows(() => new Deno.Command("true", { cwd: "/etc/passwd" }).spawn(), Error);
    assertEquals((error as { code?: string }).code, "ENOENT");
    assertMatch(error.message, /cwd is not a directory/);
  });

  it("gives the client of a Unix server the server's path", async () => {
    const path = `${await Deno.makeTempDir()}/socket`;
    let client: Deno.Addr | undefined;
    const server = Deno.serve({ path, onListen() {} }, (_request, info) => {
      client = info.remoteAddr as Deno.Addr;
      return new Response("");
    });
    const connection = await Deno.connect({ transport: "unix", path });
    await connection.write(new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n"));
    await connection.read(new Uint8Array(1_000));
    connection.close();
    await server.shutdown();
    assertEquals((client as Deno.UnixAddr).path, path);
  });

  it("aborts the signal of a request that was answered", async () => {
    const code = `
      let signal;
      const server = Deno.serve({ port: 0, onListen() {} }, (request) => {
        signal = request.signal;
        return new Response("");
      });
      await (await fetch("http://127.0.0.1:" + server.addr.port)).text();
      for (let tries = 0; tries < 2_000 && !signal.aborted; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(signal.aborted);
      await server.shutdown();`;
    const program = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", code] });
    const { stdout } = await program.output();
    assertEquals(new TextDecoder().decode(stdout).trim(), "true");
  });

  it("runs microtasks while it loads a module of Node's", async () => {
    const code = `
      (await import("node:timers")).setImmediate(() => {
        let ran = false;
        queueMicrotask(() => ran = true);
        process.getBuiltinModule("node:fs");
        console.log(ran);
      });`;
    const program = new Deno.Command(Deno.execPath(), { args: ["eval", "--no-config", code] });
    const { stdout } = await program.output();
    assertEquals(new TextDecoder().decode(stdout).trim(), "true");
  });
});
