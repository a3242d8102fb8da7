/** The sanitizers are off by default on Deno: this proves that they are on here. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { it } from "@std/testing/bdd";

it("A test that leaves a timer running, or a listener open, fails", async () => {
  const root = new URL("../../", import.meta.url);
  for (const config of ["deno.offline.json", "deno.json"]) {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "--no-check",
        "--allow-net=127.0.0.1",
        "--config",
        config,
        ...linked(config),
        "tests/std/leak_fixture.ts",
      ],
      cwd: root,
      env: { NO_COLOR: "1" },
    }).output();
    const output = new TextDecoder().decode(stdout);
    assertEquals(code, 1, output);
    for (
      const leak of [
        "A timer was started in this test, but never completed",
        "An async operation to accept a TCP stream was started in this test, but never completed",
        "A TCP listener was opened during the test, but not closed during the test",
      ]
    ) {
      assertStringIncludes(output, leak);
    }
  }
});

/** `deno.json` has no links, so that the packages are mapped to the stand-ins here: JSR may be out of reach. */
function linked(config: string): string[] {
  return config === "deno.json" ? ["--import-map", "tests/std/import_map.json"] : [];
}
