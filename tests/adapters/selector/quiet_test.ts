import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { platform } from "node:os";
import { type Coroutine, EventLoop, fromPromise, Protocol, Runner } from "../../../mod.ts";
import { selectorAdapter, Socket } from "../../../src/adapters/selector/mod.ts";
import { holdReactor } from "../../../src/adapters/selector/reactor.ts";
import { eventually } from "../../within.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

/** So many clients are connected and silent. */
const CLIENTS = 200;

class Silent extends Protocol {
  heard = 0;
  override dataReceived(data: Uint8Array) {
    this.heard += data.length;
  }
}

/** Many short times: however long the machine stands still, the host looks at its descriptors between two of them. */
async function aWhile(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("A program whose connections are silent, on the selector", { ignore }, () => {
  it("asks the system for nothing, and hears at once when one of them says something", async () => {
    const loop = new EventLoop({ adapter: selectorAdapter() });
    const reactor = holdReactor();
    const { library } = reactor as { library: { epoll_wait: typeof reactor.library.epoll_wait } };
    const wait = library.epoll_wait;
    let asked = 0;
    library.epoll_wait = (...args) => {
      asked++;
      return wait(...args);
    };
    const untilQuiet = async () => {
      let before = -1;
      await eventually(() => before === (before = asked), "nobody to ask for events", () => `${asked}`, aWhile);
    };
    try {
      await using runner = new Runner({ loopFactory: () => loop });
      await runner.run(function* (): Coroutine<void> {
        const silent = new Silent();
        const server = yield* loop.createServer(() => silent, "127.0.0.1", 0);
        const transports = [];
        for (let i = 0; i < CLIENTS; i++) {
          const [transport] = yield* loop.createConnection(() => new Protocol(), "127.0.0.1", server.port);
          transports.push(transport);
        }
        using idle = new Socket({ type: "datagram" });
        idle.bind(["127.0.0.1", 0]);
        let isReady = false;
        loop.addReader(idle, () => {
          isReady = true;
          idle.recvInto(new Uint8Array(10));
        });
        yield* fromPromise(untilQuiet());
        const before = asked;
        assert(before > 0);
        yield* fromPromise(aWhile());
        assertEquals(asked, before);

        idle.sendto(new Uint8Array(1), idle.localAddress!);
        transports[CLIENTS - 1]!.write(new Uint8Array(3));
        yield* fromPromise(eventually(() => isReady && silent.heard === 3, "what was said"));
        assert(asked > before);
        yield* fromPromise(untilQuiet());
        const after = asked;
        yield* fromPromise(aWhile());
        assertEquals(asked, after);

        loop.removeReader(idle);
        for (const transport of transports) transport.abort();
        server.close();
        yield* server.waitClosed();
      });
    } finally {
      library.epoll_wait = wait;
      reactor.release();
    }
  });
});
