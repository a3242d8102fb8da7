import { defineRule } from "../define_rule.ts";
import type { LintRule } from "../plugin.ts";
import { functionAround, type Node, unwrap } from "../syntax.ts";

/** A coroutine is called, and nobody awaits it: nothing of it runs. */
export const noFloatingCoroutine: LintRule = defineRule({
  name: "no-floating-coroutine",
  description: "Disallow calls of coroutines that are not awaited, of which nothing runs",
  looksAt: "ExpressionStatement",
  check(statement, file) {
    const whole = unwrap(statement.expression!);
    return dropped(whole).flatMap((call) => {
      const kind = call.type === "CallExpression" ? file.kindOf(call) : null;
      if (kind !== "generator" && kind !== "lazy") return [];
      const around = functionAround(call);
      const inCoroutine = around?.generator === true && !around.async;
      const inAsync = around?.async === true && !around.generator;
      const instead = inCoroutine
        ? "Write yield* before it"
        : kind === "lazy"
        ? "Write await before it, in an async function"
        : "Write await createTask(…) around it";
      return {
        at: call,
        message:
          `This coroutine is not awaited, so nothing of it runs. ${instead}, or make a task of it by createTask().`,
        fix: whole !== call || !(inCoroutine || inAsync) ? null : (edits) => {
          if (inCoroutine) return edits.before(call, "yield* ");
          if (kind === "lazy") return edits.before(call, "await ");
          edits.before(call, `await ${edits.nameOf("createTask", call)}(`);
          edits.after(call, ")");
        },
      };
    });
  },
});

/** The expressions whose values nobody gets when a statement consists of this one. */
function dropped(expression: Node): Node[] {
  const node = unwrap(expression);
  switch (node.type) {
    case "UnaryExpression":
      return node.operator === "void" ? dropped(node.argument!) : [];
    case "LogicalExpression":
      return dropped(node.right!);
    case "ConditionalExpression":
      return [...dropped(node.consequent!), ...dropped(node.alternate!)];
    case "SequenceExpression":
      return node.expressions!.flatMap(dropped);
    default:
      return [node];
  }
}
