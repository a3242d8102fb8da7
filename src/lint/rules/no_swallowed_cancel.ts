import { defineRule } from "../define_rule.ts";
import type { LintRule } from "../plugin.ts";
import type { SourceFile } from "../source_file.ts";
import { functionAround, isInside, keyOf, type Node, unwrap } from "../syntax.ts";

/** Who names the cancel has thought of it. */
const NAMES_CANCEL = /\b(?:CancelledError|isCancelled)\b/;
/** What is called with an error so that somebody gets it. */
const KEEPERS = ["push", "reject", "setException"];

/** A `catch` around an await takes everything, and with it the cancel of the task. */
export const noSwallowedCancel: LintRule = defineRule({
  name: "no-swallowed-cancel",
  description: "Disallow `catch` around an await that takes a CancelledError and does not throw it on",
  looksAt: "TryStatement",
  check({ block, handler }, file) {
    if (!handler || !file.suspensions.some((one) => isCancelledAt(one, block!, file))) return null;
    if (handsOn(handler, file) || NAMES_CANCEL.test(file.text.slice(...handler.range))) return null;
    const { param, body } = handler;
    const name = param?.type === "Identifier" ? param.name! : "error";
    const start = (body as Node).range[0];
    const mendable = !param || param.type === "Identifier";
    return {
      at: handler,
      message:
        "This catch swallows a cancel of the task, which goes on as if nothing had happened. Throw a CancelledError " +
        "on, or catch only what is meant.",
      fix: !mendable ? null : (edits) => {
        if (!param) edits.before(start, `(${name}) `);
        const check = `if (${name} instanceof ${edits.nameOf("CancelledError", handler)}) throw ${name};`;
        edits.before(start + 1, ` ${check}`);
      },
    };
  },
});

/** Whether a cancel is thrown there. An async function hears of it where it awaits this module, or another async function. */
function isCancelledAt(suspension: Node, block: Node, file: SourceFile): boolean {
  if (!isInside(suspension, block) || !suspension.argument) return false;
  const around = functionAround(suspension);
  if (around !== functionAround(block)) return false;
  const kind = file.kindOf(suspension.argument);
  if (suspension.type === "YieldExpression") {
    return suspension.delegate === true && around !== null && file.isCoroutineFunction(around);
  }
  return around !== null && (kind === "lazy" || kind === "future" || kind === "async call");
}

/** Whether it throws what it has caught, or keeps it for somebody, in some case at least. */
function handsOn(handler: Node, file: SourceFile): boolean {
  const name = handler.param?.type === "Identifier" ? handler.param.name : undefined;
  if (name === undefined) return false;
  return file.handOvers.some((one) => isInside(one, handler) && isHandedOn(one, name, functionAround(handler)));
}

function isHandedOn(node: Node, name: string, around: Node | null): boolean {
  switch (node.type) {
    case "AssignmentExpression":
      return isNamed(node.right, name);
    case "CallExpression": {
      const callee = unwrap(node.callee!);
      const method = callee.type === "MemberExpression" ? keyOf(callee) : callee.name;
      return KEEPERS.includes(method ?? "") && hasArgument(node, name);
    }
    default:
      if (functionAround(node) !== around || !node.argument) return false;
      return isNamed(node.argument, name) || hasArgument(unwrap(node.argument), name);
  }
}

function hasArgument(node: Node, name: string): boolean {
  return node.type === "CallExpression" && node.arguments!.some((argument) => isNamed(argument, name));
}

/** Whether an expression is a variable, in one of its cases at least. */
function isNamed(expression: Node | null | undefined, name: string): boolean {
  if (!expression) return false;
  const node = unwrap(expression);
  if (node.type === "ConditionalExpression") return isNamed(node.consequent, name) || isNamed(node.alternate, name);
  return node.type === "Identifier" && node.name === name;
}
