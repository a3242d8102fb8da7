/**
 * The two forms of a coroutine, as source text.
 *
 * @module
 */

/** How a form writes what tells it from the other. */
export interface Syntax {
  /** What stands before an awaitable. */
  readonly wait: string;
  /** The head of a coroutine of the program. */
  readonly head: string;
  /** The head of a body that a scope runs. */
  body(parameter: string): string;
}

/** `function*` and `yield*`. */
export const generators: Syntax = {
  wait: "yield*",
  head: "function* ()",
  body: (parameter) => `function* (${parameter})`,
};

/** `async` and `await`. */
export const asyncFunctions: Syntax = {
  wait: "await",
  head: "async function ()",
  body: (parameter) => `async (${parameter}) =>`,
};
