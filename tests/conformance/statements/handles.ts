/**
 * Statements about plain callbacks and their handles.
 *
 * @module
 */
import type { Cancellable, Machine, Operations } from "../machine.ts";
import { makeError } from "../values.ts";

function keep(machine: Machine, handle: Cancellable, name?: string | null): void {
  if (name !== null && name !== undefined) machine.handles.set(name, handle);
}

/** `call_soon`, `call_later`, `call_at`, `cancel_handle` and `raise_soon`. */
export const handles: Operations = {
  call_soon(machine, label: string, name?: string | null) {
    keep(machine, machine.loop.callSoon(() => machine.log(`soon ${label}`)), name);
  },

  call_later(machine, delay: number, label: string, name?: string | null) {
    keep(machine, machine.loop.callLater(delay, () => machine.log(`later ${label}`)), name);
  },

  call_at(machine, when: number, label: string, name?: string | null) {
    keep(machine, machine.loop.callAt(when, () => machine.log(`at ${label}`)), name);
  },

  cancel_handle(machine, name: string) {
    machine.future(name).cancel();
  },

  raise_soon(machine, name: string, message?: string | null) {
    machine.loop.callSoon(() => {
      throw makeError(name, message);
    });
  },
};
