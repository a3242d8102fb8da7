/** Leaks on purpose: `sanitizers_deno_test.ts` runs it and expects it to fail. */

import { describe, it } from "@std/testing/bdd";

describe("A test", () => {
  it("may leave nothing behind", () => {
    setTimeout(() => {}, 60_000);
  });

  it("may leave nothing open", () => {
    Deno.listen({ port: 0, hostname: "127.0.0.1" }).accept().catch(() => {});
  });
});
