import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fixtureFlags, Program } from "../../program.ts";

// Deno aborts the signal of every request that was answered well, unless it was started with a flag; a server that takes that for
// a client that left cancels and counts what was delivered.
describe("A request that was answered well", () => {
  it("is delivered, and its background goes on, also where the runtime aborts its signal then", async () => {
    const flags = fixtureFlags().filter((flag) => flag !== "--unstable-no-legacy-abort");
    const program = new Program(new URL("../fixtures/outcomes.ts", import.meta.url), flags);
    assertEquals(await program.ended, 0);
    const told = program.output.split("\n").filter((line) => line.startsWith("/")).sort();
    assertEquals(told, [
      "/at-once delivered",
      "/background went on",
      "/foreign delivered",
      "/left clientGone",
      "/parked delivered",
      "/stream delivered",
    ]);
  });
});
