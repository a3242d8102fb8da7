/**
 * Statements about locks, semaphores, conditions and events.
 *
 * @module
 */
import type { Condition, Coroutine, Event, Lock } from "../../../mod.ts";
import type { Ended, Machine, Operations } from "../machine.ts";
import type { Statement } from "../program.ts";

/** Semaphores and conditions have these methods as well. */
function lock(machine: Machine, name: string): Pick<Lock, "acquire" | "release" | "locked"> {
  return machine.objects.get(name) as Lock;
}

function event(machine: Machine, name: string): Event {
  return machine.objects.get(name) as Event;
}

function condition(machine: Machine, name: string): Condition {
  return machine.objects.get(name) as Condition;
}

/** `with`, `acquire`, `release`, `locked`, and the operations of events and conditions. */
export const locks: Operations = {
  *with(machine, name: string, body: readonly Statement[]): Coroutine<Ended> {
    let ended: Ended;
    yield* lock(machine, name).acquire();
    try {
      machine.say(`in ${name}`);
      ended = yield* machine.block(body);
    } finally {
      // CPython's `async with` releases even what the body released already, and that may be misuse.
      lock(machine, name).release();
    }
    machine.say(`out ${name}`);
    return ended;
  },

  *acquire(machine, name: string): Coroutine<undefined> {
    yield* lock(machine, name).acquire();
    machine.say(`acquired ${name}`);
    return undefined;
  },

  release(machine, name: string) {
    lock(machine, name).release();
    machine.say(`released ${name}`);
  },

  locked(machine, name: string) {
    machine.say(`${name}.locked() = ${lock(machine, name).locked()}`);
  },

  *event_wait(machine, name: string): Coroutine<undefined> {
    yield* event(machine, name).wait();
    machine.say(`saw ${name}`);
    return undefined;
  },

  event_set(machine, name: string) {
    event(machine, name).set();
  },

  event_clear(machine, name: string) {
    event(machine, name).clear();
  },

  *condition_wait(machine, name: string): Coroutine<undefined> {
    yield* condition(machine, name).wait();
    machine.say(`notified ${name}`);
    return undefined;
  },

  notify(machine, name: string, n: number) {
    condition(machine, name).notify(n);
  },

  notify_all(machine, name: string) {
    condition(machine, name).notifyAll();
  },
};
