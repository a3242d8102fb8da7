import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fixtureFlags, Program } from "../../program.ts";

const FLAGS = fixtureFlags("--allow-all");

// Deno tells nothing of a WebSocket whose client resets the connection before it is one: it never opens, and never ends. What it
// answers to such a client it keeps for ever, and the process with it.
describe("A client that resets its connection while that becomes a WebSocket", () => {
  it("is gone, and leaves nothing behind", async () => {
    const program = new Program(new URL("../fixtures/reset_while_upgrading.ts", import.meta.url), FLAGS);
    assertEquals(await program.ended, 0);
    assertEquals(program.output, "0 pending, 1 task, no files\n");
  });
});
