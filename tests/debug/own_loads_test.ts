/**
 * What the module loads of itself is no slow step of the program's.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EventLoop, run, startServer } from "../../mod.ts";

describe("The loading of a part of the module", () => {
  it("is not told as a slow step", async () => {
    const warnings: unknown[] = [];
    const logger = { warn: (text: unknown) => void warnings.push(text), error: () => {} };
    using known = new EventLoop();
    const { adapter } = known;
    let meanwhile = -1;
    const net = async () => {
      const before = warnings.length;
      const loaded = await adapter.net!();
      // The step that asked for it is over.
      await new Promise((resolve) => setTimeout(resolve, 1));
      meanwhile = warnings.length - before;
      return loaded;
    };
    await run(function* () {
      const server = yield* startServer(function* () {}, "127.0.0.1", 0);
      server.close();
      yield* server.waitClosed();
    }, {
      loopFactory: () => {
        const loop = new EventLoop({ debug: true, logger, adapter: { ...adapter, net } });
        // Every step is slow.
        loop.slowCallbackDuration = 0;
        return loop;
      },
    });
    assertEquals([meanwhile, warnings.length > 0], [0, true]);
  });
});
