import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Program } from "../program.ts";

// Deno tells nothing of a WebSocket whose client resets the connection before it is one: it never opens, and never ends.
describe("A client that resets its connection while that becomes a WebSocket", () => {
  it("is gone, and leaves nothing behind", async () => {
    const program = new Program("fixtures/reset_while_upgrading.ts");
    assertEquals(await program.ended, 0);
    assertEquals(program.output, "clientGone, 0 pending, 1 task\n");
  });
});
