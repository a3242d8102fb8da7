import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ADAPTERS } from "./adapters.ts";
import { ended } from "../ended.ts";
import { within } from "../within.ts";

const FIXTURE = fileURLToPath(new URL("fixtures/process.ts", import.meta.url));
const ON_DENO = "Deno" in globalThis;

/** Runs the fixture; gives its exit code and what it printed. */
async function runFixture(
  adapter: string,
  action: string,
  permissions: readonly string[] = [],
  hostname = "127.0.0.1",
): Promise<[number, string]> {
  if (ON_DENO) {
    // Without --no-prompt Deno would ask for a permission where someone sits at a terminal. node:child_process
    // would rewrite these arguments.
    const args = ["run", "--no-config", "--no-prompt", "--quiet", ...permissions, FIXTURE, adapter, action, hostname];
    const { code, stdout, stderr } = await within(
      new Deno.Command(Deno.execPath(), { args }).output(),
      "the end of a program",
    );
    const decoder = new TextDecoder();
    return [code, (decoder.decode(stdout) + decoder.decode(stderr)).trim()];
  }
  const { code, output, errors } = await ended(process.execPath, [FIXTURE, adapter, action]);
  return [code ?? -1, (output + errors).trim()];
}

for (const { name } of ADAPTERS) {
  describe(`The ${name} adapter in a process of its own`, () => {
    it("setExitCode() sets the code that the process ends with", async () => {
      assertEquals(await runFixture(name, "setExitCode"), [3, ""]);
    });

    it("exit() ends the process at once", async () => {
      assertEquals(await runFixture(name, "exit"), [4, ""]);
    });

    it("keepAlive() keeps the process from ending until it is released", async () => {
      assertEquals(await runFixture(name, "keepAlive"), [0, "alive"]);
    });

    it("calls back for a signal until the listener is removed", async () => {
      assertEquals(await runFixture(name, "signal"), [0, "first\nsecond"]);
    });

    it("lets the process end while a signal listener is there", async () => {
      assertEquals(await runFixture(name, "signalAlone"), [0, ""]);
    });

    it("lets the process end while a listener is there that was told unref()", async () => {
      assertEquals(await runFixture(name, "unref", ["--allow-net=127.0.0.1"]), [0, "listening"]);
    });

    it("refuses to listen without permission, with EACCES and the flag to give", { ignore: !ON_DENO }, async () => {
      const [code, output] = await runFixture(name, "serve");
      assertEquals(code, 0);
      assertMatch(output, /^OSError EACCES Cannot listen on 127\.0\.0\.1:0: .* --allow-net=127\.0\.0\.1:0\.$/);
    });

    it("refuses a name that is allowed when its address is not", { ignore: name !== "node" || !ON_DENO }, async () => {
      const [code, output] = await runFixture(name, "serve", ["--allow-net=localhost"], "localhost");
      assertEquals(code, 0);
      assertMatch(output, /^OSError EACCES Cannot listen on .* --allow-net=(127\.0\.0\.1|\[::1\]):0\.$/);
    });
  });
}
