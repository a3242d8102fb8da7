import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EMFILE } from "../../../src/adapters/selector/linux.ts";
import { SelectorListener } from "../../../src/adapters/selector/listener.ts";
import type { Reactor } from "../../../src/adapters/selector/reactor.ts";

describe("What the selector tells of a listener that finds no file left", () => {
  it("is read by Deno while there is one, which would end without", async () => {
    let isFree = false;
    const library = {
      accept4: () => -1,
      errno: () => EMFILE,
      open: () => isFree ? (isFree = false, 9) : 9,
      close: () => (isFree = true, 0),
    };
    const reactor = { library, watch: () => 0, own: () => {}, change: () => true, forget: () => {}, release: () => {} };
    const told = Promise.withResolvers<Error>();
    const listener = new SelectorListener(reactor as unknown as Reactor, 8, { family: "unix", path: "/x" }, {
      connection: () => {},
      acceptFailed: told.resolve,
      handshakeFailed: told.reject,
    });
    const scope = Error as { prepareStackTrace?: unknown };
    const { prepareStackTrace } = scope;
    scope.prepareStackTrace = () => `read with ${isFree ? "a" : "no"} file`;
    try {
      listener.ready();
      const error = await told.promise;
      assertEquals(error.stack, "read with a file");
      assertEquals((error.cause as Error).stack, "read with a file");
    } finally {
      scope.prepareStackTrace = prepareStackTrace;
      listener.close();
    }
  });
});
