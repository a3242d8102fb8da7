import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { platform } from "node:os";
import { type Coroutine, EventLoop, OSError, Protocol, Runner, type Transport } from "../../../mod.ts";
import { selectorAdapter, Socket } from "../../../src/adapters/selector/mod.ts";
import { holdReactor } from "../../../src/adapters/selector/reactor.ts";
import { failure } from "../../contract/programs.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

const ENOBUFS = 105;

describe("The selector where the system has no memory to send from", { ignore }, () => {
  it("has the connection fail, and whoever sends by hand, with what the system says", async () => {
    const loop = new EventLoop({ adapter: selectorAdapter() });
    const reactor = holdReactor();
    const { library } = reactor as { library: { -readonly [Name in "send" | "errno"]: typeof reactor.library[Name] } };
    const { send, errno } = library;
    try {
      await using runner = new Runner({ loopFactory: () => loop });
      await runner.run(function* (): Coroutine<void> {
        const lost = loop.createFuture<Error | null>();
        class Lost extends Protocol {
          override connectionLost(error: Error | null) {
            lost.setResult(error);
          }
        }
        const server = yield* loop.createServer(() => new Protocol(), "127.0.0.1", 0);
        const [transport] = (yield* loop.createConnection(() => new Lost(), "127.0.0.1", server.port)) as [
          Transport,
          Lost,
        ];
        using byHand = new Socket();
        yield* loop.sockConnect(byHand, ["127.0.0.1", server.port]);
        library.send = () => -1;
        library.errno = () => ENOBUFS;
        transport.write(new Uint8Array(1));
        const error = yield* lost;
        assert(error instanceof OSError, `${error}`);
        const refused = yield* failure(loop.sockSendall(byHand, new Uint8Array(1)));
        assert(refused instanceof OSError, `${refused}`);
        assertEquals([error.code, refused.code], ["ENOBUFS", "ENOBUFS"]);
        server.close();
      });
    } finally {
      Object.assign(library, { send, errno });
      reactor.release();
    }
  });
});
