import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { selectorAdapter, Socket } from "@loop/asyncio/selector";
import {
  createTask,
  EventLoop,
  type Future,
  gather,
  NotSupportedError,
  openConnection,
  OSError,
  run,
  RuntimeError,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
  type TaskSource,
  waitFor,
} from "../../../mod.ts";
import { bytes, text } from "../../text.ts";
import { within } from "../../within.ts";
import { connected } from "./connected.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

async function play(main: (loop: EventLoop) => TaskSource<void>): Promise<void> {
  const loop = new EventLoop({ adapter: selectorAdapter() });
  await within(run(main(loop), { loopFactory: () => loop }), "the end of a program on the selector");
}

/** Whether the system has dropped a connect to a port of this machine, and tries again later. */
function isDropped(port: number): boolean {
  const to = `:${port.toString(16).toUpperCase().padStart(4, "0")} 02 `;
  // Deno itself reads there only with all permissions.
  return String(spawnSync("cat", ["/proc/net/tcp"]).stdout).includes(to);
}

/** Makes a FIFO, opens it for both directions, and removes it afterwards. */
function fifo(): { fd: number; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), "la-"));
  const path = join(folder, "fifo");
  spawnSync("mkfifo", [path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  return {
    fd,
    [Symbol.dispose]() {
      closeSync(fd);
      rmSync(folder, { recursive: true });
    },
  };
}

describe("Descriptors on the selector", { ignore }, () => {
  it("are told as often as they can be read, with the arguments, until they are removed", async () => {
    await play(function* (loop) {
      using pipe = fifo();
      const told: unknown[] = [];
      const memory = new Uint8Array(3);
      let enough: Future<void> = loop.createFuture();
      loop.addReader(pipe, (...args: unknown[]) => {
        told.push(...args, text(memory.subarray(0, readSync(pipe.fd, memory))));
        if (told.length === 6) enough.setResult();
      }, "read");
      writeSync(pipe.fd, bytes("onetwosix"));
      yield* enough;
      assertEquals(told, ["read", "one", "read", "two", "read", "six"]);
      assertEquals([loop.removeReader(pipe.fd), loop.removeReader(pipe.fd)], [true, false]);
      writeSync(pipe.fd, bytes("ten"));
      enough = loop.createFuture();
      loop.addReader(pipe.fd, () => told.push("replaced"));
      loop.addReader(pipe.fd, () => {
        readSync(pipe.fd, memory);
        enough.setResult();
      });
      loop.addWriter(pipe.fd, () => {
        loop.removeWriter(pipe.fd);
        told.push("writable");
      });
      yield* enough;
      yield* sleep(1);
      assertEquals(told.slice(6), ["writable"]);
      loop.removeReader(pipe.fd);
    });
  });

  it("are told no more when the loop closes, and belong to nobody then", async () => {
    using pipe = fifo();
    await play(function* (loop) {
      loop.addReader(pipe.fd, () => {
        throw new Error("told");
      });
      yield* sleep(0);
    });
    writeSync(pipe.fd, bytes("x"));
    await play(function* (loop) {
      const told = loop.createFuture<void>();
      loop.addReader(pipe.fd, () => told.done() || told.setResult());
      yield* told;
    });
  });

  it("are refused if they are closed, files, a transport's, or none", async () => {
    await play(function* (loop) {
      const nothing = () => {};
      const file = openSync(new URL(import.meta.url), "r");
      const refused = (fd: number) => assertThrows(() => loop.addReader(fd, nothing), OSError) as OSError;
      assertEquals(refused(file).code, "EPERM");
      closeSync(file);
      assertEquals(refused(987_654).code, "EBADF");
      for (const fd of [-1, 2 ** 31, 2 ** 32, 1.5]) {
        assertThrows(() => loop.addReader(fd, nothing), RangeError, "0 or more");
        assertThrows(() => Socket.fromFd(fd), RangeError, "0 or more");
      }
      assertThrows(() => Socket.fromFd("1" as unknown as number), TypeError, "give a whole number");
      assertThrows(() => loop.addWriter("1" as unknown as number, nothing), TypeError, "give the number");
      assertThrows(() => loop.addReader(0, function* () {} as never), TypeError);
      using listening = new Socket();
      listening.bind(["127.0.0.1", 0]);
      const server = yield* startServer(() => {}, "127.0.0.1", 0);
      const owned: number[] = [];
      for (let fd = 0; fd < 100; fd++) {
        try {
          loop.addReader(fd, nothing);
          loop.removeReader(fd);
        } catch (error) {
          if (error instanceof RuntimeError) owned.push(fd);
        }
      }
      assertEquals(owned.length, 1);
      assertThrows(() => Socket.fromFd(owned[0]!), RuntimeError, "belongs to a transport");
      server.close();
    });
  });
});

describe("The number of a descriptor that was closed", { ignore }, () => {
  it("is told nothing, when another has it, of what was on its way to the first", async () => {
    await play(function* (loop) {
      const [one, other] = [0, 1].map(() => new Socket({ type: "datagram" })) as [Socket, Socket];
      using sender = new Socket({ type: "datagram" });
      for (const socket of [one, other]) socket.bind(["127.0.0.1", 0]);
      // Both are in one batch of events, in the order in which they have become readable.
      for (const { port } of [one, other]) sender.sendto(bytes("x"), { family: "ipv4", address: "127.0.0.1", port });
      const successors: Socket[] = [];
      const told = loop.createFuture<void>();
      let count = 0;
      const { descriptors } = loop.adapter;
      const { fd } = other;
      descriptors!.watch(loop, one.fd, "read", () => {
        descriptors!.unwatch(loop, one.fd, "read");
        descriptors!.unwatch(loop, fd, "read");
        other.close();
        do successors.push(new Socket({ type: "datagram" })); while (
          successors.at(-1)!.fd !== fd && successors.length < 50
        );
        descriptors!.watch(loop, fd, "read", () => count++);
        told.setResult();
      });
      descriptors!.watch(loop, fd, "read", () => count++);
      yield* told;
      yield* sleep(5);
      assertEquals([successors.at(-1)!.fd, count], [fd, 0]);
      descriptors!.unwatch(loop, fd, "read");
      for (const socket of [one, ...successors]) socket.close();
    });
  });
});

describe("A descriptor that was closed without a word", { ignore }, () => {
  /** A number whose reader is still there, and which is free again. */
  function stale(loop: EventLoop): number {
    using pipe = fifo();
    loop.addReader(pipe, () => {});
    return pipe.fd;
  }

  it("leaves the connection alone that has its number now", async () => {
    await play(function* (loop) {
      const server = yield* startServer(
        function* (reader, writer) {
          for (let line: Uint8Array; (line = yield* reader.readline()).length > 0;) writer.write(line);
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const fd = stale(loop);
      const connections: [StreamReader, StreamWriter][] = [];
      for (let i = 0; i < 3; i++) connections.push(yield* openConnection("127.0.0.1", server.port));
      assertThrows(() => loop.addWriter(fd, () => {}), RuntimeError, "belongs to a transport");
      assert(loop.removeReader(fd));
      for (const [reader, writer] of connections) {
        writer.write(bytes("hello\n"));
        assertEquals(text(yield* waitFor(reader.readline(), 30_000)), "hello\n");
        writer.close();
        yield* writer.waitClosed();
      }
      server.close();
    });
  });

  it("does not keep a socket or a pipe waiting that has its number now", async () => {
    await play(function* (loop) {
      let fd = stale(loop);
      const sockets = Array.from({ length: 8 }, () => new Socket({ type: "datagram" }));
      assert(sockets.some((socket) => socket.fd === fd));
      for (const socket of sockets) {
        socket.bind(["127.0.0.1", 0]);
        const receiving = createTask(loop.sockRecv(socket, 10));
        yield* sleep(0);
        yield* loop.sockSendto(socket, bytes("x"), ["127.0.0.1", socket.port]);
        assertEquals(text(yield* waitFor(receiving, 30_000)), "x");
        socket.close();
      }
      fd = stale(loop);
      // The first number that is free is taken, but others in the process may take one as well.
      const pipes: ReturnType<typeof fifo>[] = [];
      do pipes.push(fifo()); while (pipes.at(-1)!.fd !== fd && pipes.length < 50);
      const pipe = pipes.at(-1)!;
      assertEquals(pipe.fd, fd);
      const told = loop.createFuture<void>();
      loop.addReader(pipe, () => told.done() || told.setResult());
      writeSync(pipe.fd, bytes("x"));
      yield* waitFor(told, 30_000);
      loop.removeReader(pipe);
      for (const one of pipes) one[Symbol.dispose]();
    });
  });
});

describe("Descriptors elsewhere", () => {
  it("are not supported, which says what to write instead", async () => {
    const loop = new EventLoop();
    assertThrows(() => loop.addReader(0, () => {}), NotSupportedError, "selectorAdapter()");
    assertThrows(() => loop.removeWriter(0), NotSupportedError, "connectReadPipe()");
    await assertRejects(
      () => loop.runUntilComplete(loop.sockRecv({ fd: 0 } as unknown as Socket, 1)),
      NotSupportedError,
      "createConnection()",
    );
    loop.close();
  });
});

describe("A Socket by hand", { ignore }, () => {
  for (const family of ["ipv4", "ipv6", "unix"] as const) {
    it(`connects, sends and receives by ${family}`, async () => {
      await play(function* (loop) {
        using listening = new Socket({ family });
        const host = family === "ipv6" ? "::1" : "127.0.0.1";
        listening.bind(family === "unix" ? `\0la-${crypto.randomUUID()}` : [host, 0]);
        listening.listen();
        const at = listening.localAddress!;
        using client = new Socket({ family });
        const accepting = createTask(loop.sockAccept(listening));
        yield* loop.sockConnect(client, at.family === "unix" ? at.path : [at.address, at.port]);
        const [server, address] = yield* accepting;
        assertEquals(address, client.localAddress);
        const much = new Uint8Array(3 << 20).fill(7);
        const sending = createTask(loop.sockSendall(client, much));
        const memory = new Uint8Array(100_000);
        let sum = 0;
        while (sum < much.length) sum += yield* loop.sockRecvInto(server, memory);
        yield* sending;
        client.shutdown();
        assertEquals((yield* loop.sockRecv(server, 10)).length, 0);
        server.close();
      });
    });
  }

  it("sends datagrams, and knows whose they are", async () => {
    await play(function* (loop) {
      using one = new Socket({ type: "datagram" });
      using other = new Socket({ type: "datagram" });
      one.bind(["127.0.0.1", 0]);
      other.bind(["127.0.0.1", 0]);
      const receiving = createTask(loop.sockRecvfrom(other, 5));
      assertEquals(yield* loop.sockSendto(one, bytes("too long"), ["127.0.0.1", other.port]), 8);
      const [data, address] = yield* receiving;
      assertEquals([text(data), address], ["too l", one.localAddress]);
    });
  });

  it("sends a datagram of no bytes", async () => {
    await play(function* (loop) {
      using receiver = new Socket({ type: "datagram" });
      receiver.bind(["127.0.0.1", 0]);
      const { port } = receiver;
      const sender = new Socket({ type: "datagram" });
      sender.connect({ family: "ipv4", address: "127.0.0.1", port });
      yield* loop.sockSendall(sender, new Uint8Array());
      yield* loop.sockSendto(sender, new Uint8Array(), ["127.0.0.1", port]);
      yield* loop.sockSendall(sender, bytes("end"));
      const came: string[] = [];
      for (let i = 0; i < 3; i++) came.push(text(yield* loop.sockRecv(receiver, 10)));
      assertEquals(came, ["", "", "end"]);
      sender.close();
      const error = yield* thrown(createTask(loop.sockSendall(sender, new Uint8Array())));
      assertEquals((error as OSError).code, "EBADF");
    });
  });

  it("sends no other datagram than it was given, also if it has to wait", async () => {
    await play(function* (loop) {
      using receiver = new Socket({ family: "unix", type: "datagram" });
      const path = `\0la-${crypto.randomUUID()}`;
      receiver.bind(path);
      using sender = new Socket({ family: "unix", type: "datagram" });
      while (sender.sendto(bytes("x"), { family: "unix", path }) !== null);
      const data = new Uint8Array(8);
      const sending = createTask(loop.sockSendto(sender, data, path));
      yield* sleep(1);
      structuredClone(data, { transfer: [data.buffer] });
      while (receiver.recvInto(new Uint8Array(10)) !== null);
      const error = yield* thrown(sending);
      assert(error instanceof RuntimeError && error.message.includes("sockSendto"), `${error}`);
    });
  });

  it("knows no address of who is connected, whatever came before", async () => {
    await play(function* (loop) {
      using one = new Socket({ type: "datagram" });
      using other = new Socket({ type: "datagram" });
      for (const socket of [one, other]) socket.bind(["127.0.0.1", 0]);
      yield* loop.sockSendto(one, bytes("x"), ["127.0.0.1", other.port]);
      assertEquals((yield* loop.sockRecvfrom(other, 5))[1], one.localAddress);
      const [end, server] = yield* connected(loop);
      using client = end;
      yield* loop.sockSendall(client, bytes("y"));
      assertEquals(yield* loop.sockRecvfrom(server, 5), [bytes("y"), null]);
      server.close();
    });
  });

  it("receives into little memory what is little, and into no memory nothing", async () => {
    await play(function* (loop) {
      const [end, server] = yield* connected(loop);
      using client = end;
      yield* loop.sockSendall(client, bytes("little"));
      const little = yield* loop.sockRecv(server, 2 ** 20);
      assertEquals([text(little), little.buffer.byteLength], ["little", 6]);
      // As if the other side had ended.
      const memory = new Uint8Array(8);
      const receiving = createTask(loop.sockRecvInto(server, memory));
      yield* sleep(1);
      structuredClone(memory, { transfer: [memory.buffer] });
      yield* loop.sockSendall(client, bytes("x"));
      const error = yield* thrown(receiving);
      assert(error instanceof RuntimeError && error.message.includes("transferred"), `${error}`);
      assertEquals(text(yield* loop.sockRecv(server, 2 ** 60)), "x");
      const data = new Uint8Array(16 << 20);
      const sending = createTask(loop.sockSendall(client, data));
      yield* sleep(1);
      structuredClone(data, { transfer: [data.buffer] });
      const reading = createTask(function* () {
        while ((yield* loop.sockRecv(server, 2 ** 20)).length > 0);
      });
      const lost = yield* thrown(sending);
      assert(lost instanceof RuntimeError && lost.message.includes("sockSendall"), `${lost}`);
      client.close();
      yield* reading;
      server.close();
    });
  });

  it("goes on with a connect whose first call was cancelled, as in CPython", async () => {
    await play(function* (loop) {
      using listening = new Socket();
      listening.bind(["127.0.0.1", 0]);
      // Its queue is full soon, and the system drops who comes then.
      listening.listen(0);
      const clients: Socket[] = [];
      let connecting: ReturnType<typeof createTask> | undefined;
      for (let i = 0; i < 20 && connecting === undefined; i++) {
        const client = new Socket();
        clients.push(client);
        const task = createTask(loop.sockConnect(client, ["127.0.0.1", listening.port]));
        yield* sleep(0);
        if (isDropped(listening.port)) connecting = task;
        else yield* task;
      }
      const client = clients.at(-1)!;
      connecting!.cancel();
      yield* thrown(connecting!);
      const again = createTask(loop.sockConnect(client, ["127.0.0.1", listening.port]));
      yield* sleep(1);
      const second = yield* thrown(createTask(loop.sockConnect(client, ["127.0.0.1", listening.port])));
      assertEquals((second as OSError).code, "EBUSY");
      for (const one of clients) one.close();
      assertEquals((yield* thrown(again) as unknown as Generator<never, OSError>).code, "EBADF");
    });
  });

  it("says that too many clients wait at a Unix socket", async () => {
    await play(function* (loop) {
      using listening = new Socket({ family: "unix" });
      const path = `\0la-${crypto.randomUUID()}`;
      listening.bind(path);
      listening.listen(0);
      using first = new Socket({ family: "unix" });
      yield* loop.sockConnect(first, path);
      using second = new Socket({ family: "unix" });
      const error = yield* thrown(createTask(loop.sockConnect(second, path)));
      assertEquals((error as OSError).code, "EAGAIN");
      assertStringIncludes(`${error}`, "too many clients wait");
    });
  });

  it("loses nothing by a cancel, and tells who waits that it was closed", async () => {
    await play(function* (loop) {
      using listening = new Socket();
      listening.setOption("reuseAddress", true);
      assertEquals(listening.getOption("reuseAddress"), 1);
      listening.bind(["127.0.0.1", 0]);
      listening.listen();
      using client = new Socket();
      yield* loop.sockConnect(client, ["localhost", listening.port]);
      const [server] = yield* loop.sockAccept(listening);
      const cancelled = createTask(loop.sockRecv(server, 10));
      yield* sleep(0);
      cancelled.cancel();
      yield* loop.sockSendall(client, bytes("kept"));
      assertEquals(text(yield* loop.sockRecv(server, 10)), "kept");
      const waiting = createTask(loop.sockRecv(server, 10));
      yield* sleep(0);
      const second = createTask(loop.sockRecv(server, 10));
      const [, error] = [yield* sleep(0), yield* thrown(second)];
      assertEquals((error as OSError).code, "EBUSY");
      server.close();
      assertEquals((yield* thrown(waiting) as unknown as Generator<never, OSError>).code, "EBADF");
      assertEquals(`${server}`, "<Socket closed>");
      assertThrows(() => server.send(bytes("x")), OSError, "closed");
    });
  });

  it("takes numbers, memory and addresses, and nothing else", () => {
    using socket = new Socket({ type: "datagram" });
    using unix = new Socket({ family: "unix" });
    const loosely = socket as unknown as Record<string, (...args: unknown[]) => unknown>;
    const refuses = (call: () => unknown, kind: typeof TypeError | typeof RangeError, why: string) => {
      assertThrows(call, kind, why);
    };
    refuses(() => new Socket(5 as never), TypeError, "with 5");
    refuses(() => socket.bind(["127.0.0.1", 70_000]), RangeError, "from 0 to 65535");
    refuses(() => socket.bind(["127.0.0.1", "80" as never]), TypeError, "give a whole number");
    refuses(() => socket.bind(["", 0]), TypeError, "give an address and a port");
    refuses(() => socket.listen(-5), RangeError, "0 or more");
    refuses(() => loosely["listen"]!("x"), TypeError, 'backlog "x"');
    refuses(() => loosely["setOption"]!("noDelay", "yes"), TypeError, "give a whole number");
    refuses(() => socket.setOption("sendBufferSize", 2 ** 40), RangeError, "below 2 ** 31");
    refuses(() => loosely["send"]!("abc"), TypeError, "give a Uint8Array");
    refuses(() => loosely["recvInto"]!("abc"), TypeError, "give a Uint8Array");
    refuses(() => loosely["sendto"]!(bytes("x"), ["127.0.0.1", 9]), TypeError, "give an address and a port");
    refuses(() => loosely["connect"]!(), TypeError, "give an address and a port");
    assertThrows(() => socket.getOption("ipv6Only"), OSError, "Cannot ask for ipv6Only");
    // The system would take what is before it: another path than the one that was asked for.
    assertThrows(() => unix.bind("/tmp/a\0b"), OSError, "NUL");
    assertThrows(() => unix.connect({ family: "unix", path: "/tmp/a\0b" }), OSError, "NUL");
    using six = new Socket({ family: "ipv6" });
    for (const zone of ["nosuch", "4294967297"]) {
      const error = assertThrows(() => six.bind([`::1%${zone}`, 0]), OSError, `%${zone} as a zone`) as OSError;
      assertEquals(error.code, "ENODEV");
    }
    six.bind(["::1%lo", 0]);
  });

  it("is read from by a callback while a call sends by it, and the other way around, as in CPython", async () => {
    await play(function* (loop) {
      const [end, server] = yield* connected(loop);
      using client = end;
      const memory = new Uint8Array(65536);
      const came = loop.createFuture<string>();
      loop.addReader(client, () => came.setResult(text(memory.subarray(0, client.recvInto(memory)!))));
      // It does not fit into the system's memory, so that the call waits.
      const size = 32 * 1024 * 1024;
      const sending = createTask(loop.sockSendall(client, new Uint8Array(size)));
      yield* sleep(0);
      server.send(bytes("while it sends"));
      assertEquals(yield* came, "while it sends");
      assert(loop.removeReader(client));
      for (let received = 0; received < size;) received += yield* loop.sockRecvInto(server, memory);
      yield* sending;
      const writable = loop.createFuture<void>();
      const receiving = createTask(loop.sockRecv(client, 100));
      yield* sleep(0);
      loop.addWriter(client, () => writable.done() || writable.setResult());
      yield* writable;
      assertThrows(() => loop.addReader(client, () => {}), RuntimeError, "to read: a callback of a loop, or a call");
      server.send(bytes("while it is watched"));
      assertEquals(text(yield* receiving), "while it is watched");
      assertEquals([loop.removeReader(client), loop.removeWriter(client)], [false, true]);
      // Both are told of the end in their way: the call fails, and the callback is called no more.
      const waiting = createTask(loop.sockRecv(client, 100));
      loop.addWriter(client, () => loop.removeWriter(client));
      yield* sleep(0);
      client.close();
      const [result] = yield* gather([waiting], { returnExceptions: true });
      assertEquals((result as OSError).code, "EBADF");
      server.close();
    });
  });

  it("says what has to come before a call, or must not", async () => {
    await play(function* (loop) {
      using socket = new Socket();
      const early = yield* thrown(createTask(loop.sockAccept(socket)));
      assertStringIncludes(`${early}`, "it does not listen. Call listen() first.");
      const lonely = yield* thrown(createTask(loop.sockRecv(socket, 1)));
      assertStringIncludes(`${lonely}`, "it is not connected. Connect it first.");
      socket.bind(["127.0.0.1", 0]);
      assertThrows(() => socket.bind(["127.0.0.1", 0]), OSError, "it has an address already");
      socket.listen();
      using client = new Socket();
      yield* loop.sockConnect(client, ["127.0.0.1", socket.port]);
      // The first call after a connect that took its time tells the system's success once more.
      yield* loop.sockConnect(client, ["127.0.0.1", socket.port]);
      const again = yield* thrown(createTask(loop.sockConnect(client, ["127.0.0.1", socket.port])));
      assertStringIncludes(`${again}`, "it is connected already. Make another socket.");
      assertThrows(() => client.listen(), OSError, "it is connected. Make another socket.");
      using datagram = new Socket({ type: "datagram" });
      assertThrows(() => datagram.send(new Uint8Array(1)), OSError, "Connect it, or give an address to send to.");
      const other = { family: "ipv6", address: "::1", port: 9 } as const;
      assertThrows(() => datagram.connect(other), OSError, "of another family than the socket");
    });
  });

  it("says what is wrong with a connect, an option and a family", async () => {
    await play(function* (loop) {
      using closed = new Socket();
      closed.bind(["127.0.0.1", 0]);
      using client = new Socket();
      const error = yield* thrown(createTask(loop.sockConnect(client, ["127.0.0.1", closed.port])));
      assertEquals((error as OSError).code, "ECONNREFUSED");
      assertThrows(() => client.setOption("noSuch" as "noDelay", 1), TypeError, "the options are");
      assertThrows(() => new Socket({ family: "ipx" as "ipv4" }), TypeError, "the families are");
      assertThrows(() => client.bind("/tmp/x"), TypeError, "[address, port]");
      const file = openSync(new URL(import.meta.url), "r");
      assert((assertThrows(() => Socket.fromFd(file), OSError) as OSError).code === "ENOTSOCK");
      closeSync(file);
    });
  });
});

function* thrown(task: ReturnType<typeof createTask>) {
  try {
    yield* task;
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail.");
}
