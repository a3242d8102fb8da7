import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { run, sleep } from "../../mod.ts";
import { within } from "../within.ts";

type Timers = typeof import("../../src/adapters/shared/timers.ts");

const NAMES = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate"] as const;

/** The module once more, with its own memory of the host's timers: none of them is read yet. */
function loadAfresh(): Promise<Timers> {
  const url = new URL("../../src/adapters/shared/timers.ts", import.meta.url);
  return import(`${url.href}?${crypto.randomUUID()}`);
}

describe("The timers that adapters use", () => {
  it("are the host's, whatever stands in the global scope when one is first called", async () => {
    const timers = await loadAfresh();
    const before = Object.getOwnPropertyDescriptors(globalThis);
    let faked = 0;
    try {
      for (const name of NAMES) {
        Object.defineProperty(globalThis, name, { value: () => void faked++, configurable: true, writable: true });
      }
      await new Promise<void>((resolve) => timers.setTimeout(resolve, 1));
      await new Promise<void>((resolve) => void timers.setImmediate(resolve));
      timers.clearTimeout(timers.setTimeout(() => assert(false), 1));
      const interval = await new Promise<unknown>((resolve) => {
        const timer = timers.setInterval(() => resolve(timer), 1);
      });
      timers.clearInterval(interval);
    } finally {
      for (const name of NAMES) Object.defineProperty(globalThis, name, before[name]!);
    }
    assertEquals(faked, 0);
  });

  it("have the host's clock, though a fake one that stands still is in the global scope", async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, "performance")!;
    const beforeNow = Object.getOwnPropertyDescriptor(performance, "now");
    const still = () => 0;
    try {
      performance.now = still;
      assertEquals(await within(run(sleep(2, "slept")), "the end of a sleep"), "slept");
      const fake = { value: { now: still }, configurable: true, writable: true };
      Object.defineProperty(globalThis, "performance", fake);
      assertEquals(await within(run(sleep(2, "slept again")), "the end of a second sleep"), "slept again");
    } finally {
      Object.defineProperty(globalThis, "performance", before);
      if (beforeNow === undefined) Reflect.deleteProperty(performance, "now");
      else Object.defineProperty(performance, "now", beforeNow);
    }
  });
});
