import { defineRule } from "../define_rule.ts";
import type { LintRule } from "../plugin.ts";

/** `Event` or `Lock` is the host's, since the import is missing. */
export const noHostEventOrLock: LintRule = defineRule({
  name: "no-host-event-or-lock",
  description: "Disallow the host's `Event` and `Lock` where those of this module are meant",
  looksAt: "NewExpression",
  check({ callee, arguments: args = [] }, file) {
    // An event of the host has a type, so that one without is meant to be ours.
    if (args.length > 0) return null;
    const name = ["Event", "Lock"].find((one) => file.isGlobal(callee!, one));
    if (name === undefined) return null;
    return {
      message: `This is the ${name} of the host, for the import is missing. Import ${name} from "@loop/asyncio".`,
      fix: (edits) => void edits.nameOf(name, callee!),
    };
  },
});
