/**
 * Compiles programs to functions of either form, as flat as they are written by hand: every statement stands where
 * it runs, so that an `await` of the program is one `await` of JavaScript and nothing around it adds a microtask.
 *
 * @module
 */
import * as asyncio from "../../../mod.ts";
import { type Ended, type Form, type Machine, RERAISE, Return, type Source } from "../machine.ts";
import type { Program } from "../program.ts";
import { operations } from "../statements/all.ts";
import { boundFutures, MODES, sayWaited, spawnAll } from "../statements/waiting.ts";
import { E1, E2, encode, matches, show, showError, StepLimit } from "../values.ts";
import { writeCoroutine } from "./blocks.ts";
import { asyncFunctions, generators, type Syntax } from "./syntax.ts";

/** What a coroutine returns when a block of it was left. */
function returned(ended: Ended): unknown {
  return ended instanceof Return ? ended.value : null;
}

/** Notes an error that a `try` statement caught; the one that ends the program goes on. */
function met(machine: Machine, error: unknown): void {
  if (error instanceof StepLimit) throw error;
  machine.errors.push(error);
}

/** What the source text finds besides the machine `m`. */
const SCOPE = {
  asyncio,
  operations,
  RERAISE,
  Return,
  returned,
  met,
  boundFutures,
  sayWaited,
  spawnAll,
  MODES,
  E1,
  E2,
  encode,
  matches,
  show,
  showError,
  StepLimit,
};

/** The source text of a program: an object with a function for each coroutine. */
export function sourceOf(program: Program, syntax: Syntax): string {
  const functions = Object.entries(program.coroutines).map(([name, statements]) =>
    `${JSON.stringify(name)}: ${syntax.head} {\n${writeCoroutine(name, statements, syntax)}},\n`
  );
  return `const coroutines = {\n${functions.join("")}};\nreturn coroutines;\n`;
}

/** Source text with two spaces for each brace that is open. */
export function indented(source: string): string {
  let depth = 0;
  return source.split("\n").map((line) => {
    if (/^[}\])]/.test(line)) depth--;
    const text = line === "" ? "" : "  ".repeat(depth) + line;
    if (/[{[(]$/.test(line)) depth++;
    return text;
  }).join("\n");
}

type Functions<F> = Readonly<Record<string, F>>;

function compile<F>(machine: Machine, program: Program, syntax: Syntax): Functions<F> {
  const make = new Function("m", ...Object.keys(SCOPE), `"use strict";\n${sourceOf(program, syntax)}`);
  return make(machine, ...Object.values(SCOPE)) as Functions<F>;
}

function find<F>(functions: Functions<F>, name: string): F {
  const found = functions[name];
  if (found === undefined) throw new StepLimit(`There is no coroutine ${name}`);
  return found;
}

/** The form in which each coroutine is a generator function: it shows that the compiler is faithful. */
export const compiledGenerators: Form = (machine, program) => {
  const functions = compile<() => asyncio.Coroutine<unknown>>(machine, program, generators);
  return (name): Source => find(functions, name)();
};

/** The form in which each coroutine is an async function. */
export const compiledAsyncFunctions: Form = (machine, program) => {
  const functions = compile<() => Promise<unknown>>(machine, program, asyncFunctions);
  return (name): Source => find(functions, name);
};
