import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { runFixture } from "./processes.ts";

describe("The signals of a process whose loop runs in a worker", () => {
  for (const how of ["run", "main"]) {
    it(`come to the main thread: ${how}() leaves them alone, and nobody can handle them there`, async () => {
      const { signal, output, errors } = await runFixture("worker_signals.ts", how);
      const name = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";
      const refused = (signal: string) =>
        `NotSupportedError: Cannot handle ${signal}: the adapter "${name}" has no signals here. ` +
        "They come to the main thread of a process.";
      assertEquals(output, [refused("SIGTERM"), refused("SIGINT"), "runs"], errors);
      assertEquals(signal, "SIGINT", errors);
    });
  }
});
