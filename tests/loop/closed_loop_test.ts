import { assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  DatagramProtocol,
  EventLoop,
  type LazyAwaitable,
  Protocol,
  run,
  RuntimeError,
  SubprocessProtocol,
  type Transport,
} from "../../mod.ts";

const protocol = (): Protocol => new Protocol();

/** Everything that opens something for a loop. */
const DOORS: Readonly<Record<string, (loop: EventLoop) => LazyAwaitable<unknown>>> = {
  createConnection: (loop) => loop.createConnection(protocol, "127.0.0.1", 1),
  createUnixConnection: (loop) => loop.createUnixConnection(protocol, "/tmp/la-nobody"),
  createServer: (loop) => loop.createServer(protocol, "127.0.0.1", 0),
  createUnixServer: (loop) => loop.createUnixServer(protocol, `/tmp/la-${crypto.randomUUID()}`),
  createDatagramEndpoint: (loop) => loop.createDatagramEndpoint(() => new DatagramProtocol(), { family: "ipv4" }),
  startTls: (loop) => loop.startTls({} as Transport, protocol(), true, { serverHostname: "localhost" }),
  getaddrinfo: (loop) => loop.getaddrinfo("127.0.0.1", 1),
  getnameinfo: (loop) => loop.getnameinfo(["127.0.0.1", 1]),
  subprocessExec: (loop) => loop.subprocessExec(() => new SubprocessProtocol(), "true"),
  subprocessShell: (loop) => loop.subprocessShell(() => new SubprocessProtocol(), "true"),
};

describe("A loop that is closed", () => {
  for (const [name, open] of Object.entries(DOORS)) {
    for (const when of ["after", "before"]) {
      it(`gives nothing by ${name}() that was called ${when} and is awaited on another loop`, async () => {
        const loop = new EventLoop();
        const early = when === "before" ? open(loop) : null;
        loop.close();
        const opening = early ?? open(loop);
        const awaiting = run(function* () {
          yield* opening;
        });
        await assertRejects(() => awaiting, RuntimeError, "it is closed");
      });
    }
  }
});
