/**
 * Statements about barriers.
 *
 * @module
 */
import type { Barrier, Coroutine } from "../../../mod.ts";
import type { Machine, Operations } from "../machine.ts";

function barrier(machine: Machine, name: string): Barrier {
  return machine.objects.get(name) as Barrier;
}

/** `barrier_wait`, `barrier_abort`, `barrier_reset` and `barrier_state`. */
export const barriers: Operations = {
  *barrier_wait(machine, name: string): Coroutine<undefined> {
    const index = yield* barrier(machine, name).wait();
    machine.say(`passed ${name} as ${index}`);
    return undefined;
  },

  *barrier_abort(machine, name: string): Coroutine<undefined> {
    yield* barrier(machine, name).abort();
    return undefined;
  },

  *barrier_reset(machine, name: string): Coroutine<undefined> {
    yield* barrier(machine, name).reset();
    return undefined;
  },

  barrier_state(machine, name: string) {
    const it = barrier(machine, name);
    machine.say(`${name} waiting ${it.nWaiting} broken ${it.broken}`);
  },
};
