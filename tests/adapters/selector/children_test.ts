/**
 * What processes inherit that are started by the program. CPython closes all but the first three descriptors in them; Deno does not.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { platform } from "node:os";
import { EventLoop, Protocol, run } from "../../../mod.ts";
import type { Library } from "../../../src/adapters/selector/library.ts";
import { F_GETFD, F_SETFD, FD_CLOEXEC } from "../../../src/adapters/selector/linux.ts";
import { selectorAdapter, Socket } from "../../../src/adapters/selector/mod.ts";
import { holdReactor } from "../../../src/adapters/selector/reactor.ts";
import { within } from "../../within.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

/** A listening socket as a program is started with one: whatever it starts gets it, too. */
function passedOn(library: Library): number {
  const socket = new Socket();
  socket.bind(["127.0.0.1", 0]);
  socket.listen();
  library.fcntl(socket.fd, F_SETFD, 0);
  return socket.detach();
}

describe("A descriptor that the program was started with", { ignore }, () => {
  it("goes to no process that the program starts once it is taken over", async () => {
    const loop = new EventLoop({ adapter: selectorAdapter() });
    const main = run(function* () {
      const reactor = holdReactor();
      const { library } = reactor;
      try {
        const flags = (fd: number): number => library.fcntl(fd, F_GETFD, 0);
        const listening = passedOn(library);
        assertEquals(flags(listening), 0);
        using socket = Socket.fromFd(listening);
        assertEquals(flags(listening), FD_CLOEXEC);

        const served = passedOn(library);
        const server = yield* loop.createServer(() => new Protocol(), null, 0, { fd: served });
        assertEquals(flags(served), FD_CLOEXEC);
        server.close();

        using client = new Socket();
        yield* loop.sockConnect(client, ["127.0.0.1", socket.port]);
        const [accepted] = yield* loop.sockAccept(socket);
        const connected = (accepted as Socket).detach();
        library.fcntl(connected, F_SETFD, 0);
        const [transport] = yield* loop.connectAcceptedSocket(() => new Protocol(), connected);
        assertEquals(flags(connected), FD_CLOEXEC);
        transport.close();
      } finally {
        reactor.release();
      }
    }, { loopFactory: () => loop });
    await within(main, "the end of a program that takes descriptors over");
  });
});
