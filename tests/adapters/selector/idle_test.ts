import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { connect } from "node:net";
import { platform } from "node:os";
import { OSError } from "../../../mod.ts";
import { openIdleWait } from "../../../src/adapters/selector/idle_wait.ts";
import { openLibrary } from "../../../src/adapters/selector/library.ts";
import { EMFILE } from "../../../src/adapters/selector/linux.ts";
import { eventually } from "../../within.ts";
import { Program } from "./program.ts";

const ignore = platform() !== "linux" || !("Deno" in globalThis || "Bun" in globalThis);

// The second is how kernels answer that have such calls, but none that polls.
for (const call of ["io_setup", "io_submit"]) {
  describe(`The selector where the system refuses ${call}()`, { ignore }, () => {
    it("has a thread wait, says so once, and lets the program end", async () => {
      using program = new Program("selector_without_aio.ts", call);
      assertEquals((await program.end()).split("\n"), ["echo 0", "echo 1", "echo 2", "over"]);
      const [first, ...others] = program.errors.trim().split("\n");
      assertMatch(first!, new RegExp(`^Cannot wait for descriptors by ${call}\\(\\).*A thread waits in its place`));
      assertEquals(others, []);
    });
  });
}

describe("The selector where too many files are open", { ignore }, () => {
  it("says that, and not that the system allows no better way to wait", () => {
    const library = openLibrary();
    const { warn } = console;
    const said: unknown[] = [];
    try {
      console.warn = (text: unknown) => said.push(text);
      const full = { ...library, eventfd: () => -1, errno: () => EMFILE };
      const error = assertThrows(() => openIdleWait(full, -1, () => {}), OSError, "too many files are open");
      assertEquals([(error as OSError).code, said], ["EMFILE", []]);
    } finally {
      console.warn = warn;
      library.unload();
    }
  });
});

for (const how of ["aio", "thread"]) {
  describe(`A socket that nobody closes, by ${how}`, { ignore }, () => {
    it("does not keep a program that does nothing with it", async () => {
      using program = new Program("selector_resting.ts", "nothing", how);
      assertEquals(await program.end(), "over");
    });

    it("does not keep one in which nobody waits for it any more", async () => {
      using program = new Program("selector_resting.ts", "removed", how);
      assertEquals(await program.end(), "over");
    });

    it("is waited for again and again by a program that ends then", async () => {
      using program = new Program("selector_resting.ts", "again", how);
      assertEquals(await program.end(), "over");
    });

    it("does not keep one whose loop was closed while tasks waited for it", async () => {
      using program = new Program("selector_resting.ts", "left", how);
      assertEquals(await program.end(), "over");
    });

    it("keeps one that waits for it", async () => {
      using program = new Program("selector_resting.ts", "accepted", how);
      const port = () => /port (\d+)/.exec(program.out)?.[1];
      await eventually(() => port() !== undefined, "a port", () => program.out + program.errors);
      // Nothing has happened for so long that nobody asks for events.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const client = connect({ port: Number(port()), host: "127.0.0.1" });
      client.on("error", () => {});
      try {
        assertStringIncludes(await program.end(), "over");
      } finally {
        client.destroy();
      }
    });
  });
}
