import { platform, resourceUsage } from "node:process";
import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { keepFreedMemory } from "../../src/adapters/shared/freed_memory.ts";

const SIZE = 20 * 1024 * 1024;
const PAGES = SIZE / 4096;

/** Writes to new memory and frees it; returns how many pages the system had to find for that. */
function comeAndGo(): number {
  const before = resourceUsage().minorPageFault;
  const bytes = new Uint8Array(SIZE);
  for (let i = 0; i < SIZE; i += 4096) bytes[i] = 1;
  bytes.buffer.transfer(0);
  return resourceUsage().minorPageFault - before;
}

// Bun has an allocator of its own, and other systems another library.
const ignore = platform !== "linux" || "Bun" in globalThis;

describe("Memory that was freed", () => {
  it("is there for the next array, without the system", { ignore }, () => {
    keepFreedMemory();
    comeAndGo();
    const found = comeAndGo();
    assert(found < PAGES / 2, `the system had to find ${found} of ${PAGES} pages again`);
  });
});
