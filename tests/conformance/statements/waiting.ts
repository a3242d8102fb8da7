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
  wait,
  waitFor,
} from "../../../mod.ts";
import type { Operations } from "../machine.ts";
import type { Spec } from "../program.ts";
import { E1, E2, show, showError } from "../values.ts";

const MODES = { first: FIRST_COMPLETED, exception: FIRST_EXCEPTION, all: ALL_COMPLETED } as const;

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
    const futures = new Map<string, Future<unknown>>();
    for (const name of names) {
      if (machine.isBound(name)) futures.set(name, machine.future(name));
    }
    if (futures.size === 0) return undefined;
    const [done, pending] = yield* wait([...futures.values()], { timeout, returnWhen: MODES[mode] });
    const namesOf = (set: ReadonlySet<unknown>) =>
      show([...futures].filter(([, future]) => set.has(future)).map(([name]) => name).sort());
    machine.say(`done ${namesOf(done)} pending ${namesOf(pending)}`);
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
    const tasks = coroutines.map((coroutine, i) => {
      const name = `${prefix}${i}`;
      const task = createTask(machine.coroutine(coroutine), { name });
      machine.bind(name, task);
      return task;
    });
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
