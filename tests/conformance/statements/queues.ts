/**
 * Statements about queues.
 *
 * @module
 */
import type { Coroutine, Queue } from "../../../mod.ts";
import type { Machine, Operations } from "../machine.ts";
import { show } from "../values.ts";

function queue(machine: Machine, name: string): Queue<unknown> {
  return machine.objects.get(name) as Queue<unknown>;
}

/** `put`, `get`, `put_nowait`, `get_nowait`, `task_done`, `join`, `shutdown` and `qsize`. */
export const queues: Operations = {
  *put(machine, name: string, value: unknown): Coroutine<undefined> {
    yield* queue(machine, name).put(value);
    machine.say(`put ${show(value)} in ${name}`);
    return undefined;
  },

  *get(machine, name: string): Coroutine<undefined> {
    const value = yield* queue(machine, name).get();
    machine.say(`got ${show(value)} from ${name}`);
    return undefined;
  },

  put_nowait(machine, name: string, value: unknown) {
    queue(machine, name).putNowait(value);
    machine.say(`put ${show(value)} in ${name}`);
  },

  get_nowait(machine, name: string) {
    const value = queue(machine, name).getNowait();
    machine.say(`got ${show(value)} from ${name}`);
  },

  task_done(machine, name: string) {
    queue(machine, name).taskDone();
  },

  *join(machine, name: string): Coroutine<undefined> {
    yield* queue(machine, name).join();
    machine.say(`joined ${name}`);
    return undefined;
  },

  shutdown(machine, name: string, immediate: boolean) {
    queue(machine, name).shutdown({ immediate });
    machine.say(`shut ${name}`);
  },

  qsize(machine, name: string) {
    const it = queue(machine, name);
    machine.say(`${name} size ${it.qsize()} empty ${it.empty()} full ${it.full()}`);
  },
};
