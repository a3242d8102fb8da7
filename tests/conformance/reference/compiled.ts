/**
 * Random programs as functions of either form, as flat as they are written by hand.
 *
 * @module
 */
import { type Coroutine, sleep } from "../../../mod.ts";
import { asyncFunctions, generators, type Syntax } from "../compiled/syntax.ts";
import { type Form, type Player, show, StepLimit, takes } from "./player.ts";
import type { RandomProgram, Step } from "./random_program.ts";

/** What the source text finds besides the player `p` and its `steps`. */
const SCOPE = { sleep, show, StepLimit, takes };

/** The source text of a program: a list of functions, one for each body. The steps that await nothing go to `steps`. */
function write(program: RandomProgram, { wait, head }: Syntax, steps: Step[]): string {
  let finals = 0;

  /** The steps in a row. `leave` writes how a `return` among them leaves. */
  const block = (list: readonly Step[], leave: (value: number) => string): string =>
    list.map((step) => {
      const i = steps.push(step) - 1;
      return `if (p.runs(steps[${i}])) {\n${one(step, i, leave)}\n}\n`;
    }).join("");

  function one(step: Step, i: number, leave: (value: number) => string): string {
    switch (step.do) {
      case "sleep":
        return `${wait} sleep(${step.delay});`;
      case "await":
        return `const value = ${wait} p.future("${step.name}");\np.say("${step.name} = " + show(value));`;
      case "call":
        return `const value = ${wait} bodies[${step.body}]();\np.say("called: " + show(value));`;
      case "return":
        return leave(step.value);
      case "repeat":
        return `for (let i = 0; i < ${step.times}; i++) {\n${block(step.steps, leave)}}`;
      case "try": {
        const final = ++finals;
        return `try {\n${block(step.steps, leave)}} catch (error) {\n` +
          `if (error instanceof StepLimit || !takes(error, "${step.catches}")) throw error;\n` +
          `p.say("caught " + show(error));\n${block(step.then, leave)}} finally {\nfinal${final}: {\n` +
          // A `return` here ends this block alone.
          `${block(step.finally, () => `break final${final};`)}}\n}`;
      }
      default:
        return `p.act(steps[${i}]);`;
    }
  }

  const bodies = program.map((body) => `${head} {\n${block(body, (value) => `return ${value};`)}},\n`);
  return `const bodies = [\n${bodies.join("")}];\nreturn bodies;\n`;
}

function compile<F>(player: Player, program: RandomProgram, syntax: Syntax): readonly F[] {
  const steps: Step[] = [];
  const source = `"use strict";\n${write(program, syntax, steps)}`;
  return new Function("p", "steps", ...Object.keys(SCOPE), source)(player, steps, ...Object.values(SCOPE));
}

/** The form in which each body is a generator function: it shows that the compiler is faithful. */
export const compiledGenerators: Form = (player, program) => {
  const bodies = compile<() => Coroutine<unknown>>(player, program, generators);
  return (body) => bodies[body]!();
};

/** The form in which each body is an async function. */
export const compiledAsyncFunctions: Form = (player, program) => {
  const bodies = compile<() => Promise<unknown>>(player, program, asyncFunctions);
  return (body) => bodies[body]!;
};
