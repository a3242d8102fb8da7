import { assert, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  createSubprocessExec,
  DatagramProtocol,
  DatagramTransport,
  openConnection,
  PIPE,
  Process,
  Protocol,
  Server,
  startServer,
  StreamReader,
  StreamWriter,
  SubprocessProtocol,
  SubprocessTransport,
  Transport,
} from "../../mod.ts";
import { type FakeProcess, withFake } from "../process/fake_process.ts";
import { playNet } from "./play_net.ts";

/** The abstract classes that the entry has, with a word of who makes what extends them. */
const BASES: Readonly<Record<string, readonly [base: abstract new () => object, maker: string]>> = {
  Transport: [Transport, "loop.createConnection()"],
  DatagramTransport: [DatagramTransport, "loop.createDatagramEndpoint()"],
  SubprocessTransport: [SubprocessTransport, "loop.subprocessExec()"],
  Server: [Server, "startServer()"],
  StreamWriter: [StreamWriter, "openConnection()"],
  Process: [Process, "createSubprocessExec()"],
};

describe("The abstract classes of transports and streams", () => {
  it("are those of what the loop and the functions for streams make", async () => {
    await playNet((_net, loop) =>
      function* () {
        const server = yield* loop.createServer(() => new Protocol(), "127.0.0.1", 80);
        const streams = yield* startServer(() => {}, "127.0.0.1", 81);
        const [transport] = yield* loop.createConnection(() => new Protocol(), "127.0.0.1", 80);
        const [datagrams] = yield* loop.createDatagramEndpoint(() => new DatagramProtocol(), { family: "ipv4" });
        const [reader, writer] = yield* openConnection("127.0.0.1", 81);
        assertInstanceOf(server, Server);
        assertInstanceOf(streams, Server);
        assertInstanceOf(transport, Transport);
        assertInstanceOf(datagrams, DatagramTransport);
        assertInstanceOf(reader, StreamReader);
        assertInstanceOf(writer, StreamWriter);
        assertInstanceOf(writer.transport, Transport);
        for (const end of [transport, datagrams, writer, server, streams]) end.close();
      }
    );
  });

  it("are those of processes, too, and of the streams of their pipes", async () => {
    await withFake(function* (_processes, loop) {
      const [transport] = yield* loop.subprocessExec(() => new SubprocessProtocol(), "program");
      const process = yield* createSubprocessExec("program", [], { stdin: PIPE, stdout: PIPE });
      assertInstanceOf(transport, SubprocessTransport);
      assertInstanceOf(transport.getPipeTransport(0), Transport);
      assertInstanceOf(process, Process);
      assertInstanceOf(process.stdin, StreamWriter);
      assertInstanceOf(process.stdout, StreamReader);
    }, (process: FakeProcess) => process.exit(0));
  });

  for (const [name, [base, maker]] of Object.entries(BASES)) {
    it(`tell who makes a ${name} to whoever makes one with new, and can be extended`, () => {
      const error = assertThrows(() => new (base as new () => object)(), TypeError);
      assertStringIncludes(error.message, `Cannot make a ${name} with new: `);
      assertStringIncludes(error.message, maker);
      class Own extends (base as new () => object) {}
      assert(new Own() instanceof base);
    });
  }
});
