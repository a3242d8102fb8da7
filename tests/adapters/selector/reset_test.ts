import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { platform } from "node:os";
import { selectorAdapter, Socket } from "@loop/asyncio/selector";
import { EventLoop, type Future, type OSError, Protocol, run, sleep, type Transport } from "../../../mod.ts";
import { bytes } from "../../text.ts";
import { within } from "../../within.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

class Served extends Protocol {
  readonly lost: Future<Error | null>;
  readonly made: Future<Transport>;

  constructor(loop: EventLoop) {
    super();
    this.lost = loop.createFuture();
    this.made = loop.createFuture();
  }

  override connectionMade(transport: Transport): void {
    this.made.setResult(transport);
  }

  override connectionLost(error: Error | null): void {
    this.lost.setResult(error);
  }
}

describe("A connection that the other side has cut, on the selector", { ignore }, () => {
  for (const what of ["writeEof", "write", "nothing"] as const) {
    it(`is told as cut, whatever is found out first: ${what}`, async () => {
      const loop = new EventLoop({ adapter: selectorAdapter() });
      const main = function* () {
        const served = new Served(loop);
        const server = yield* loop.createServer(() => served, "127.0.0.1", 0);
        const client = new Socket();
        yield* loop.sockConnect(client, ["127.0.0.1", server.port]);
        const transport = yield* served.made;
        transport.write(bytes("unread"));
        while (client.recvInto(new Uint8Array(1)) === null) yield* sleep(1);
        // The system resets a connection that is closed with bytes unread, at once.
        client.close();
        if (what === "writeEof") transport.writeEof();
        else if (what === "write") transport.write(bytes("x"));
        assertEquals((yield* served.lost as Future<OSError | null>)?.code, "ECONNRESET");
        server.close();
      };
      await within(run(main, { loopFactory: () => loop }), "the end of a program on the selector");
    });
  }
});
