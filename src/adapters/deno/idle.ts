/**
 * What Deno knows of its own idleness.
 *
 * @module
 */
import "../../loop/one_part.ts";
import type { IdleHost } from "../idle.ts";
import { activeResources } from "../shared/idle.ts";
import { operations, signalsHeard } from "./internals.ts";

/** Deno, which tells exactly where no module awaits at its top level. */
export const denoIdle: IdleHost = {
  // A worker has no such event.
  tells: "DedicatedWorkerGlobalScope" in globalThis ? "never" : "unless awaited",
  whenNothingLeft(callback) {
    const listener = (event: Event) => {
      callback();
      event.preventDefault();
    };
    addEventListener("beforeunload", listener);
    return () => removeEventListener("beforeunload", listener);
  },
  othersHearSignals(ownSignals) {
    // One that nobody knows of may be there.
    return (signalsHeard() ?? Infinity) > ownSignals.size;
  },
  isBusy() {
    if (activeResources() > 0) return true;
    const all = operations();
    // Each signal that is listened to is an operation that waits for it.
    return all === null || all > signalsHeard()!;
  },
};
