import { defineRule } from "../define_rule.ts";
import type { LintRule } from "../plugin.ts";
import { functionAround, isCast, unwrap } from "../syntax.ts";

/** A coroutine awaits a promise as if it belonged to the loop. */
export const noYieldOfPromise: LintRule = defineRule({
  name: "no-yield-of-promise",
  description: "Disallow `yield*` and `yield` of a promise in a coroutine",
  looksAt: "YieldExpression",
  check(node, file) {
    const { argument, delegate } = node;
    const around = functionAround(node);
    if (!argument || isCast(argument) || around === null || around.async) return null;
    if (!delegate && !file.isCoroutineFunction(around)) return null;
    const kind = file.kindOf(argument);
    if (kind !== "promise" && kind !== "async call") return null;
    return {
      message:
        "A promise cannot be awaited by yield*. Write yield* fromPromise(…) around it; fromPromise((signal) => …) can also " +
        "be cancelled.",
      fix(edits) {
        if (!delegate) edits.before(node.range[0] + "yield".length, "*");
        // An async function that is called by fromPromise() is a part of the task, and cancelled with it.
        const isCall = kind === "async call" && unwrap(argument).type === "CallExpression";
        edits.before(argument, `${edits.nameOf("fromPromise", argument)}(${isCall ? "() => " : ""}`);
        edits.after(argument, ")");
      },
    };
  },
});
