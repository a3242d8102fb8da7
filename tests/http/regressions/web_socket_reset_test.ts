import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fixtureFlags, Program } from "../../program.ts";

// Deno tells nothing of a WebSocket whose client resets the connection before it is one: it never opens, and never ends.
describe("A client that resets its connection while that becomes a WebSocket", () => {
  it("is gone, and leaves nothing behind", async () => {
    const program = new Program(new URL("../fixtures/reset_while_upgrading.ts", import.meta.url), fixtureFlags());
    assertEquals(await program.ended, 0);
    assertEquals(program.output, "clientGone, 0 pending, 1 task\n");
  });
});
