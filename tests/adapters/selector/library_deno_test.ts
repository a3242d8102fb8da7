import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";

/** Tries the selector with some permissions, and returns what it printed. */
async function attempt(...permissions: readonly string[]): Promise<string> {
  return await attemptTo("selector_denied.ts", permissions);
}

async function attemptTo(name: string, permissions: readonly string[]): Promise<string> {
  const fixture = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  const args = ["run", "--no-config", "--no-prompt", "--quiet", "--allow-net", ...permissions, fixture];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const decoder = new TextDecoder();
  return (decoder.decode(stdout) + decoder.decode(stderr)).trim();
}

describe("The selector on Deno", { ignore: Deno.build.os !== "linux" }, () => {
  it("asks for nothing until there is a socket, and then says which permission it needs", async () => {
    assertEquals(
      await attempt(),
      "made\nNotSupportedError: Cannot use the selector: Deno does not allow it to call the C library. " +
        "Run the program with --allow-ffi, without a list, or make the loop without an adapter: new EventLoop().",
    );
  });

  it("says that a list of files is not enough", async () => {
    const { arch } = Deno.build;
    for (const path of ["libc.so.6", `/lib/${arch}-linux-gnu/libc.so.6`, `/lib/${arch}-linux-gnu`]) {
      assertStringIncludes(await attempt(`--allow-ffi=${path}`), "since --allow-ffi was given with a list of files.");
    }
  });

  it("listens with it", async () => assertEquals(await attempt("--allow-ffi"), "made\nlistens"));

  it("listens on every interface, by a socket without an address, where it may alone", async () => {
    const denied = await attemptTo("selector_unbound.ts", ["--allow-ffi", "--deny-net"]);
    assertMatch(denied, /^Cannot listen on a Socket: .*--allow-net.*\nCannot listen by descriptor \d+: .*--allow-net/);
    assertEquals(await attemptTo("selector_unbound.ts", ["--allow-ffi"]), "listens\nserves");
  });
});
