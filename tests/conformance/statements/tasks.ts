/**
 * Statements about tasks and plain futures.
 *
 * @module
 */
import { type Coroutine, createTask, sleep } from "../../../mod.ts";
import type { Operations } from "../machine.ts";
import { makeError, show } from "../values.ts";

/** `sleep`, `spawn`, `await`, `cancel`, `future` and what else a task or a future is asked for. */
export const tasks: Operations = {
  *sleep(_machine, delay: number): Coroutine<undefined> {
    yield* sleep(delay);
    return undefined;
  },

  spawn(machine, name: string, coroutine: string) {
    machine.bind(name, createTask(machine.source(coroutine), { name }));
  },

  spawn_eager(machine, name: string, coroutine: string) {
    machine.bind(name, machine.loop.createTask(machine.source(coroutine), { name, eagerStart: true }));
  },

  *await(machine, name: string): Coroutine<undefined> {
    const value = yield* machine.future(name);
    machine.say(`${name} = ${show(value)}`);
    return undefined;
  },

  *call(machine, coroutine: string): Coroutine<undefined> {
    const value = yield* machine.interpret(coroutine);
    machine.say(`${coroutine}() = ${show(value)}`);
    return undefined;
  },

  cancel(machine, name: string, message?: string | null) {
    const future = machine.future(name);
    const me = machine.me();
    const requested = message === null || message === undefined ? future.cancel() : future.cancel(message);
    machine.log(`${me}: cancel ${name} -> ${show(requested)}`);
  },

  uncancel(machine, name: string) {
    machine.say(`uncancel ${name} -> ${machine.task(name).uncancel()}`);
  },

  cancelling(machine, name: string) {
    machine.say(`cancelling ${name} = ${machine.task(name).cancelling()}`);
  },

  future(machine, name: string) {
    machine.bind(name, machine.loop.createFuture<unknown>());
  },

  set_result(machine, name: string, value: unknown) {
    machine.future(name).setResult(value);
  },

  set_exception(machine, name: string, error: string, message?: string | null) {
    machine.future(name).setException(makeError(error, message));
  },

  resolve_later(machine, delay: number, name: string, value: unknown) {
    if (!machine.isBound(name)) return;
    const future = machine.future(name);
    machine.loop.callLater(delay, () => {
      if (!future.done()) future.setResult(value);
    });
  },

  state(machine, name: string) {
    machine.say(`${name} is ${machine.state(machine.future(name))}`);
  },

  result(machine, name: string) {
    machine.say(`${name}.result() = ${show(machine.future(name).result())}`);
  },

  exception(machine, name: string) {
    machine.say(`${name}.exception() = ${show(machine.future(name).exception())}`);
  },

  add_callback(machine, name: string, label: string) {
    machine.future(name).addDoneCallback(machine.callback(label));
  },

  remove_callback(machine, name: string, label: string) {
    const count = machine.future(name).removeDoneCallback(machine.callback(label));
    machine.say(`removed ${count} of ${label}`);
  },
};
