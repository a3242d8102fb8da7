import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fixtureFlags, Program } from "../program.ts";

describe("serve() without the permission to listen", () => {
  it("throws an OSError with EACCES that says which permission to give", async () => {
    const program = new Program(
      new URL("./fixtures/denied.ts", import.meta.url),
      fixtureFlags("--allow-net=127.0.0.1:1"),
    );
    assertEquals(await program.ended, 0);
    assertMatch(
      program.output,
      /^EACCES OSError: Cannot listen on 127\.0\.0\.1:0: .*--allow-net=127\.0\.0\.1:0\.\n$/,
    );
  });

  it("needs no other permission than that", async () => {
    const program = new Program(
      new URL("./fixtures/denied.ts", import.meta.url),
      fixtureFlags("--allow-net=127.0.0.1:0"),
    );
    assertEquals([await program.ended, program.output], [0, ""]);
  });
});
