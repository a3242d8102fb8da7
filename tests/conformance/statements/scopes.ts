/**
 * Statements about deadlines and task groups.
 *
 * @module
 */
import { type Coroutine, type Task, taskGroup, timeout, timeoutAt } from "../../../mod.ts";
import type { Ended, Machine, Operations, Source } from "../machine.ts";
import type { Statement } from "../program.ts";
import { show } from "../values.ts";

/** What programs do with a deadline or a group; a name that is of the other kind makes it fail as misuse. */
interface Scope {
  reschedule(when: number | null): void;
  createTask(source: Source, options: { name: string }): Task<unknown>;
  cancel(): void;
}

function scope(machine: Machine, name: string): Scope {
  return machine.scopes.get(name) as Scope;
}

type Body = readonly Statement[];

function* deadline(
  open: typeof timeout | typeof timeoutAt,
  machine: Machine,
  name: string,
  time: number | null,
  body: Body,
): Coroutine<Ended> {
  let expired = () => false;
  try {
    return yield* open(time, function* (scope): Coroutine<Ended> {
      expired = () => scope.expired();
      machine.scopes.set(name, scope);
      return yield* machine.block(body);
    });
  } finally {
    machine.say(`scope ${name} expired=${show(expired())}`);
  }
}

/** `timeout`, `timeout_at`, `reschedule`, `group`, `group_spawn` and `group_cancel`. */
export const scopes: Operations = {
  timeout(machine, name: string, delay: number | null, body: Body) {
    return deadline(timeout, machine, name, delay, body);
  },

  timeout_at(machine, name: string, when: number | null, body: Body) {
    return deadline(timeoutAt, machine, name, when, body);
  },

  reschedule(machine, name: string, delay: number | null) {
    scope(machine, name).reschedule(delay === null ? null : machine.loop.time() + delay);
  },

  *group(machine, name: string, body: Body): Coroutine<Ended> {
    return yield* taskGroup(function* (group): Coroutine<Ended> {
      machine.scopes.set(name, group);
      return yield* machine.block(body);
    });
  },

  group_spawn(machine, name: string, task: string, coroutine: string) {
    machine.bind(task, scope(machine, name).createTask(machine.source(coroutine), { name: task }));
  },

  group_cancel(machine, name: string) {
    scope(machine, name).cancel();
  },
};
