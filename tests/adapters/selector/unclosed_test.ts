import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { platform } from "node:os";
import { Program } from "./program.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

describe("A Socket that nobody closes", { ignore }, () => {
  it("is closed without a word when nobody has it any more, unless it is waited for", async () => {
    using program = new Program("selector_unclosed.ts");
    assertEquals((await program.end()).split("\n"), ["closed", "kept true"]);
    assertEquals(program.errors, "");
  });

  it("is told of in debug mode, then and when main has ended", async () => {
    using program = new Program("selector_unclosed.ts", "debug");
    assertEquals((await program.end()).split("\n"), ["closed", "kept true"]);
    const { errors } = program;
    const lost = errors.match(
      /<Socket fd=\d+ ipv4 stream[^>]*> was not closed and nobody has it any more, so it was\./g,
    );
    assert(lost !== null && lost.length >= 18, errors);
    assert(/- a socket that is open: <Socket fd=\d+ ipv4 stream at 127\.0\.0\.1:\d+>\. Close it/.test(errors), errors);
    // The one that was made before the run is not the run's.
    assertEquals(errors.match(/a socket that is open: .* ipv4 stream/g)?.length, 1, errors);
  });
});
