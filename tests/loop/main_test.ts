import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { within } from "../within.ts";
import { runFixture } from "./processes.ts";

const program = (name: string) => runFixture("main.ts", name);

describe("main()", () => {
  it("returns at once, and ends the process with the number that the program returns", async () => {
    const { code, output, errors } = await program("a number");
    assertEquals([code, output[0], errors], [3, "goes on", ""]);
    assertMatch(output[1] as string, /^RuntimeError: Cannot call main\(\) twice/);
    assertEquals((await program("a number of an async function")).code, 4);
  });

  it("ends with 0 if that is no number, or with the exit code that was set", async () => {
    assertEquals((await program("nothing")).code, 0);
    assertEquals((await program("a code that was set")).code, 7);
  });

  it("refuses a number that is no exit code", async () => {
    const { code, errors } = await program("no exit code");
    assertEquals(code, 1);
    assertStringIncludes(
      errors,
      "RangeError: Cannot end the process with 256: an exit code is a whole number from 0 to 255.",
    );
  });

  it("prints an error with its stack, and ends with 1", async () => {
    const { code, errors } = await program("an error");
    assertEquals(code, 1);
    assertMatch(errors, /TypeError: wrong\n.*fixtures\/main\.ts/);
  });

  it("says of what is thrown and is no error that it was, and ends with 1", async () => {
    const { code, errors } = await program("no error");
    assertEquals([code, errors], [1, "The program has thrown what is no error: undefined\n"]);
  });

  it("leaves a rejection that nobody handles to the host, also one of its last turn", async () => {
    for (const name of ["a rejection", "a rejection at last"]) {
      const { code, errors } = await program(name);
      assertStringIncludes(errors, "foreign");
      assertEquals(code, 1, name);
    }
  });

  it("prints a group with all its errors as a tree", async () => {
    const { code, errors } = await program("a group");
    assertEquals(code, 1);
    assertMatch(errors, /^ExceptionGroup: /);
    assertMatch(errors, /^ {2}RangeError: outer$/m);
    assertMatch(errors, /^ {2}ExceptionGroup: /m);
    assertMatch(errors, /^ {4}TypeError: inner$/m);
  });

  it("ends with 130 after Ctrl-C and with 143 after SIGTERM, once the program has cleaned up, and prints nothing", async () => {
    for (const [signal, exit] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      const { code, output, errors } = await program(signal);
      assertEquals([code, output, errors], [exit, ["cleaned up"], ""]);
    }
  });

  it("leaves signals alone that it is not to hear", async () => {
    const { signal, output } = await program("SIGTERM alone");
    assertEquals([signal, output], ["SIGTERM", [""]]);
  });

  it("ends with 0 after a signal that drained its servers", async () => {
    const { code, output, errors } = await program("a drain");
    assertEquals([code, output, errors], [0, ["drained"], ""]);
  });

  it("writes everything out before it ends", async () => {
    const { code, output, errors } = await program("much output");
    assertEquals(code, 5);
    assertEquals(errors, "an error\n");
    // The console of Bun writes beside what else is written there.
    const all = output.join("");
    assertEquals([all.match(/x/g)?.length, all.replaceAll("x", "")], [3 << 20, "the last line"]);
  });

  // Node and Deno have written everything by then, or have said before that they cannot.
  if ("Bun" in globalThis) {
    it("ends with the number of the program when the reader of its output goes away before it has all", async () => {
      const path = fileURLToPath(new URL("fixtures/main.ts", import.meta.url));
      const child = spawn(process.execPath, [path, "output that waits"], { stdio: ["ignore", "pipe", "pipe"] });
      let errors = "";
      child.stderr.on("data", (chunk: Uint8Array) => {
        errors += new TextDecoder().decode(chunk);
        if (errors.includes("waits")) child.stdout.destroy();
      });
      const end = new Promise((resolve) => child.on("close", resolve));
      assertEquals([await within(end, "the end of the program", () => errors), errors], [5, "waits\n"]);
    });
  }

  it("does not wait for what others have going on", async () => {
    assertEquals((await program("a timer of the host")).code, 0);
  });

  it("cannot be called inside of a loop", async () => {
    const { code, errors } = await program("another main");
    assertEquals(code, 1);
    assertStringIncludes(errors, "RuntimeError: Cannot call main() inside a running event loop.");
  });
});
