import { defineRule } from "../define_rule.ts";
import { TASK_MAKERS } from "../known_names.ts";
import type { LintRule } from "../plugin.ts";
import { keyOf, unwrap } from "../syntax.ts";

/** A promise is to become a task, which it cannot: it runs already. */
export const noPromiseAsTask: LintRule = defineRule({
  name: "no-promise-as-task",
  description: "Disallow promises where `createTask` and `run` take what is to run",
  looksAt: "CallExpression",
  check({ callee, arguments: [first] = [] }, file) {
    if (!first) return null;
    const target = unwrap(callee!);
    const name = file.nameOf(target) ?? (target.type === "MemberExpression" ? keyOf(target) : undefined);
    const isMaker = file.nameOf(target) === null ? name === "createTask" : TASK_MAKERS.has(name!);
    if (!isMaker) return null;
    const kind = file.kindOf(first);
    if (kind !== "promise" && kind !== "async call") return null;
    const source = unwrap(first);
    return {
      at: first,
      message:
        `A promise runs already and cannot be cancelled, so ${name}() refuses it. Give the function that makes it: ` +
        `${name}(() => …).`,
      fix: source.type === "CallExpression" ? (edits) => edits.before(first, "() => ") : null,
    };
  },
});
