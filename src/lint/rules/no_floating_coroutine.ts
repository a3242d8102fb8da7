import { defineRule } from "../define_rule.ts";
import type { LintRule } from "../plugin.ts";
import { functionAround, unwrap } from "../syntax.ts";

/** A coroutine is called, and nobody awaits it: nothing of it runs. */
export const noFloatingCoroutine: LintRule = defineRule({
  name: "no-floating-coroutine",
  description: "Disallow calls of coroutines that are not awaited, of which nothing runs",
  looksAt: "ExpressionStatement",
  check(statement, file) {
    const whole = unwrap(statement.expression!);
    const call = whole.type === "UnaryExpression" && whole.operator === "void" ? unwrap(whole.argument!) : whole;
    if (call.type !== "CallExpression") return null;
    const kind = file.kindOf(call);
    if (kind !== "generator" && kind !== "lazy") return null;
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
  },
});
