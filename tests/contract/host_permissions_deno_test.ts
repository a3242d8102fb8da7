import { assertEquals } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { fileURLToPath } from "node:url";
import { closeAll, folder } from "./connections.ts";

/** Runs a fixture with some permissions, and gives the lines that it printed. */
async function runFixture(
  file: string,
  given: readonly string[],
  permissions: readonly string[],
): Promise<string[]> {
  const fixture = fileURLToPath(new URL(`fixtures/${file}`, import.meta.url));
  const args = ["run", "--no-config", "--no-prompt", "--quiet", ...permissions, fixture, ...given];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const decoder = new TextDecoder();
  return (decoder.decode(stdout) + decoder.decode(stderr)).trim().split("\n");
}

const run = (name: string, path: string, permissions: readonly string[]): Promise<string[]> =>
  runFixture("denied.ts", [name, path], permissions);

describe("A Unix server that may use its path alone", () => {
  afterEach(closeAll);

  it("listens there, without a name beside it that it would have to ask for", async () => {
    const path = `${folder()}/socket`;
    const permissions = [`--allow-read=${path}`, `--allow-write=${path}`, `--allow-net=unix:${path}`];
    assertEquals(await runFixture("one_path.ts", [path], permissions), ["let in"]);
  });
});

for (const name of ["node", "deno", ...(Deno.build.os === "linux" ? ["selector"] : [])]) {
  // What the C library does Deno does not see.
  const ffi = name === "selector" ? ["--allow-ffi"] : [];
  describe(`Without permission the ${name} adapter's sockets on Deno`, () => {
    afterEach(closeAll);

    it("are refused with EACCES, where everybody can catch it", async () => {
      assertEquals(await run(name, `${folder()}/socket`, ffi), [
        "connectTcp: OSError EACCES",
        "listenTcp: OSError EACCES",
        "connectUnix: OSError EACCES",
        "listenUnix: OSError EACCES",
        "openDatagram: OSError EACCES",
        "lookup: OSError EACCES",
        "still there",
      ]);
    });

    it("of the Unix domain need the network too", async () => {
      const path = `${folder()}/socket`;
      const lines = await run(name, path, [`--allow-read=${path}`, `--allow-write=${path}`, ...ffi]);
      assertEquals(lines.slice(2, 4), ["connectUnix: OSError EACCES", "listenUnix: OSError EACCES"]);
      assertEquals(lines.at(-1), "still there");
    });

    it("of the Unix domain need no more than their path", async () => {
      const path = `${folder()}/socket`;
      const permissions = [`--allow-read=${path}`, `--allow-write=${path}`, `--allow-net=unix:${path}`, ...ffi];
      const lines = await run(name, path, permissions);
      assertEquals(lines.slice(2, 4), ["connectUnix: OSError ENOENT", "listenUnix: let in"]);
    });
  });
}
