/**
 * Rules for programs that use this module, for Deno's linter and for ESLint. They see the syntax of one file: its own functions and classes, and the
 * names that it imports from this module. What they find is a mistake, whatever the types say.
 *
 * | Rule                    | What it finds                                                              | Mends it by                  |
 * | ----------------------- | -------------------------------------------------------------------------- | ---------------------------- |
 * | `no-floating-coroutine` | a coroutine that is called and not awaited: nothing of it runs             | `yield*` or `await`          |
 * | `yield-star`            | `yield sleep(1)` without the star                                          | the star                     |
 * | `no-await-of-generator` | `await double(21)` of a generator function: that is no result              | `await createTask(…)`        |
 * | `no-swallowed-cancel`   | a `catch` around an await that takes the cancel of its task                | throwing it on               |
 * | `no-promise-as-task`    | `createTask(load())` where `load` is async, or of another promise          | `createTask(() => load())`   |
 * | `no-yield-of-promise`   | `yield* fetch(url)`                                                        | `yield* fromPromise(…)`      |
 * | `no-host-event-or-lock` | `new Event()` or `new Lock()` of the host, since the import is missing     | the import                   |
 *
 * For Deno, in `deno.json`; `deno lint --fix` mends what can be mended:
 *
 * ```json
 * { "lint": { "plugins": ["jsr:@loop/asyncio/lint"] } }
 * ```
 *
 * For ESLint, in `eslint.config.js`; the first entry is for TypeScript, which ESLint's own parser does not read:
 *
 * ```js ignore
 * import asyncio from "@loop/asyncio/lint";
 * import { parser } from "typescript-eslint";
 *
 * export default [{ files: ["**\/*.ts"], languageOptions: { parser } }, asyncio.configs.recommended];
 * ```
 *
 * A line above the place says that it is meant: `// deno-lint-ignore asyncio/no-swallowed-cancel`, or
 * `// eslint-disable-next-line asyncio/no-swallowed-cancel`.
 *
 * @module
 */
import type { LintPlugin, LintRule } from "./plugin.ts";
import { noAwaitOfGenerator } from "./rules/no_await_of_generator.ts";
import { noFloatingCoroutine } from "./rules/no_floating_coroutine.ts";
import { noHostEventOrLock } from "./rules/no_host_event_or_lock.ts";
import { noPromiseAsTask } from "./rules/no_promise_as_task.ts";
import { noSwallowedCancel } from "./rules/no_swallowed_cancel.ts";
import { noYieldOfPromise } from "./rules/no_yield_of_promise.ts";
import { yieldStar } from "./rules/yield_star.ts";

export type { LintContext, LintFix, LintNode, LintPlugin, LintReport, LintRule, LintVisitor } from "./plugin.ts";

const rules: Record<string, LintRule> = {
  "no-floating-coroutine": noFloatingCoroutine,
  "yield-star": yieldStar,
  "no-await-of-generator": noAwaitOfGenerator,
  "no-swallowed-cancel": noSwallowedCancel,
  "no-promise-as-task": noPromiseAsTask,
  "no-yield-of-promise": noYieldOfPromise,
  "no-host-event-or-lock": noHostEventOrLock,
};

/** Made as it is asked for: ESLint wants the plugin inside of its own configuration. */
let recommended: LintPlugin["configs"]["recommended"] | undefined;

/**
 * The plugin, with every rule.
 *
 * @example The rules and their names
 * ```ts
 * import asyncio from "@loop/asyncio/lint";
 * import { assert } from "@std/assert";
 *
 * assert("yield-star" in asyncio.rules);
 * ```
 *
 * @category Plugin
 */
const plugin: LintPlugin = {
  name: "asyncio",
  meta: { name: "@loop/asyncio" },
  rules,
  configs: {
    get recommended() {
      return recommended ??= {
        name: "@loop/asyncio/recommended",
        plugins: { asyncio: plugin },
        rules: Object.fromEntries(Object.keys(rules).map((name) => [`asyncio/${name}`, "error" as const])),
      };
    },
  },
};

export default plugin;
