import { defineRule } from "../define_rule.ts";
import type { LintRule } from "../plugin.ts";

/** An async function awaits the call of a generator function, and gets the generator. */
export const noAwaitOfGenerator: LintRule = defineRule({
  name: "no-await-of-generator",
  description: "Disallow `await` of the call of a generator function, which is the generator and not its result",
  looksAt: "AwaitExpression",
  check({ argument }, file) {
    if (!argument || file.kindOf(argument) !== "generator") return null;
    return {
      message:
        "This is the generator and not its result: nothing of it runs. Await createTask(…) of it, or wrap its function " +
        "once by coroutine().",
      fix(edits) {
        edits.before(argument, `${edits.nameOf("createTask", argument)}(`);
        edits.after(argument, ")");
      },
    };
  },
});
