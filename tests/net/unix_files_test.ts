import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { UnixSocketFiles } from "../../src/adapters/net.ts";
import { removeStaleSocket } from "../../src/net/unix_files.ts";

/** What is printed while the file of a socket is looked for that cannot be looked at. */
async function printed(error: Error): Promise<unknown[][]> {
  const files = {
    statSync() {
      throw error;
    },
  } as unknown as UnixSocketFiles;
  const lines: unknown[][] = [];
  const before = console.error;
  console.error = (...line) => void lines.push(line);
  try {
    await removeStaleSocket("/run/socket", files);
  } finally {
    console.error = before;
  }
  return lines;
}

describe("The file of a Unix socket that nobody listens on", () => {
  it("is left to who listens if Deno does not let the program look, which is then said once", async () => {
    const error = Object.assign(new Error('Requires read access to "/run/socket"'), { name: "NotCapable" });
    assertEquals(await printed(error), []);
  });

  it("is told of if it cannot be looked at for another reason", async () => {
    const error = Object.assign(new Error("input/output error"), { code: "EIO" });
    assertEquals(await printed(error), [["Cannot remove the stale Unix socket /run/socket:", error]]);
  });
});
