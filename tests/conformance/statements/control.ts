/**
 * Statements that decide what runs next within a coroutine.
 *
 * @module
 */
import type { Coroutine } from "../../../mod.ts";
import { type Ended, type Machine, type Operations, RERAISE, Return } from "../machine.ts";
import type { Statement } from "../program.ts";
import { makeError, matches, showError, StepLimit } from "../values.ts";

type Handler = readonly [name: string, body: readonly Statement[]];

function* attempt(
  machine: Machine,
  body: readonly Statement[],
  handlers: readonly Handler[],
  final?: readonly Statement[] | null,
): Coroutine<Ended> {
  let ended: Ended;
  try {
    ended = yield* machine.block(body);
  } catch (error) {
    if (error instanceof StepLimit) throw error;
    machine.errors.push(error);
    const handler = handlers.find(([name]) => matches(error, name));
    if (handler === undefined) throw error;
    machine.say(`caught ${showError(error)}`);
    ended = yield* machine.block(handler[1]);
    if (ended === RERAISE) throw error;
  } finally {
    // How this block ended is of no interest: neither `return` nor `reraise` leaves more than the block itself.
    if (final) yield* machine.block(final);
  }
  return ended;
}

/** `log`, `return`, `raise`, `repeat`, `try` and `reraise`. */
export const control: Operations = {
  log(machine, text: string) {
    machine.say(text);
  },

  return(_machine, value: unknown) {
    return new Return(value);
  },

  raise(_machine, name: string, message?: string | null) {
    throw makeError(name, message);
  },

  *repeat(machine, times: number, body: readonly Statement[]): Coroutine<Ended> {
    for (let i = 0; i < times; i++) {
      const ended = yield* machine.block(body);
      if (ended !== undefined) return ended;
    }
    return undefined;
  },

  try: attempt,

  reraise() {
    return RERAISE;
  },
};
