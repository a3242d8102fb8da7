import { defineRule } from "../define_rule.ts";
import type { LintRule } from "../plugin.ts";
import type { SourceFile } from "../source_file.ts";
import { functionAround, isCast, type Node, unwrap } from "../syntax.ts";

/** A coroutine has `yield` where it awaits, without the star. */
export const yieldStar: LintRule = defineRule({
  name: "yield-star",
  description: "Require the star of `yield*` where a coroutine awaits",
  looksAt: "YieldExpression",
  check(node, file) {
    // A cast to what the loop yields says that it is meant.
    if (node.delegate || !node.argument || isCast(node.argument) || !isAwait(node, file)) return null;
    // To put the star there is not enough for a promise; another rule says what is.
    const kind = file.kindOf(node.argument);
    if (kind === "promise" || kind === "async call") return null;
    const { type } = unwrap(node.argument);
    const mayBeAwaited = ["CallExpression", "Identifier", "MemberExpression"].includes(type);
    return {
      message: "This hands the awaitable to the loop in place of awaiting it. Write yield* (with a star).",
      fix: mayBeAwaited ? (edits) => edits.before(node.range[0] + "yield".length, "*") : null,
    };
  },
});

/** Other generators may hand out what they like, coroutines too. */
function isAwait(node: Node, file: SourceFile): boolean {
  const around = functionAround(node);
  if (around === null || around.async) return false;
  if (file.isCoroutineFunction(around)) return true;
  return !around.returnType && file.kindOf(node.argument!) === "lazy";
}
