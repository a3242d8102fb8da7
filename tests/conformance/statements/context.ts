/**
 * Statements about context variables.
 *
 * @module
 */
import type { ContextVar } from "../../../mod.ts";
import type { Machine, Operations } from "../machine.ts";

function variable(machine: Machine, name: string): ContextVar<number> {
  return machine.contextVariables.get(name) as ContextVar<number>;
}

/** `context_set`, `context_get` and `context_soon`. */
export const context: Operations = {
  context_set(machine, name: string, value: number) {
    variable(machine, name).set(value);
  },

  context_get(machine, name: string) {
    machine.say(`${name} = ${variable(machine, name).get()}`);
  },

  context_soon(machine, name: string) {
    machine.loop.callSoon(() => machine.log(`soon ${name} = ${variable(machine, name).get()}`));
  },
};
