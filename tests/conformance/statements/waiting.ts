/**
 * Statements that wait for several things, or for one thing with conditions.
 *
 * @module
 */
import {
  ALL_COMPLETED,
  asCompleted,
  type Coroutine,
  createTask,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type Future,
  gather,
  shield,
  type Task,
  wait,
  waitFor,
} from "../../../mod.ts";
import type { Machine, Operations } from "../machine.ts";
import type { Spec } from "../program.ts";
import { E1, E2, show, showError } from "../values.ts";

/** The modes of `wait` by the names that programs have for them. */
export const MODES = { first: FIRST_COMPLETED, exception: FIRST_EXCEPTION, all: ALL_COMPLETED } as const;

/** Those of the names that are bound, with their futures. */
export function boundFutures(machine: Machine, names: readonly string[]): Map<string, Future<unknown>> {
  return new Map(names.filter((name) => machine.isBound(name)).map((name) => [name, machine.future(name)]));
}

/** Says what `wait` gave, by the names of the futures. */
export function sayWaited(
  machine: Machine,
  futures: ReadonlyMap<string, unknown>,
  [done, pending]: readonly [ReadonlySet<unknown>, ReadonlySet<unknown>],
): void {
  const namesOf = (set: ReadonlySet<unknown>) =>
    show([...futures].filter(([, future]) => set.has(future)).map(([name]) => name).sort());
  machine.say(`done ${namesOf(done)} pending ${namesOf(pending)}`);
}

/** Makes a task of each coroutine, bound to the prefix and a number. */
export function spawnAll(machine: Machine, prefix: string, coroutines: readonly string[]): Task<unknown>[] {
  return coroutines.map((coroutine, i) => {
    const name = `${prefix}${i}`;
    const task = createTask(machine.source(coroutine), { name });
    machine.bind(name, task);
    return task;
  });
}

/** `gather`, `gather_spawn`, `wait`, `wait_for`, `shield` and `as_completed`. */
export const waiting: Operations = {
  *gather(machine, specs: readonly Spec[], returnExceptions: boolean): Coroutine<undefined> {
    const values = yield* gather(machine.awaitables(specs), { returnExceptions });
    machine.say(`gathered ${show(values)}`);
    return undefined;
  },

  gather_spawn(machine, name: string, specs: readonly Spec[], returnExceptions: boolean) {
    const awaitables = machine.awaitables(specs);
    if (awaitables.length > 0) machine.bind(name, gather(awaitables, { returnExceptions }));
  },

  *wait(machine, names: readonly string[], timeout: number | null, mode: keyof typeof MODES): Coroutine<undefined> {
    const futures = boundFutures(machine, names);
    if (futures.size === 0) return undefined;
    sayWaited(machine, futures, yield* wait([...futures.values()], { timeout, returnWhen: MODES[mode] }));
    return undefined;
  },

  *wait_for(machine, spec: Spec, timeout: number | null): Coroutine<undefined> {
    if (!machine.exists(spec)) return undefined;
    const value = yield* waitFor(machine.awaitable(spec), timeout);
    machine.say(`waited ${show(value)}`);
    return undefined;
  },

  *shield(machine, spec: Spec): Coroutine<undefined> {
    if (!machine.exists(spec)) return undefined;
    const value = yield* shield(machine.awaitable(spec));
    machine.say(`shielded ${show(value)}`);
    return undefined;
  },

  *as_completed(
    machine,
    prefix: string,
    coroutines: readonly string[],
    timeout: number | null,
  ): Coroutine<undefined> {
    const tasks = spawnAll(machine, prefix, coroutines);
    for (const next of asCompleted(tasks, { timeout })) {
      let shown: string;
      try {
        shown = show(yield* next);
      } catch (error) {
        if (!(error instanceof E1 || error instanceof E2)) throw error;
        shown = showError(error);
      }
      machine.say(`completed ${shown}`);
    }
    return undefined;
  },
};
