/**
 * The rules in Deno's linter, and in the module's own code.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import plugin from "@loop/asyncio/lint";
import { FUTURES, LAZY, METHODS, RESULTS } from "../../src/lint/known_names.ts";
import { filesBelow } from "../run/files.ts";
import config from "../../deno.json" with { type: "json" };
import { BAD, GOOD } from "./cases.ts";

const asPlugin: Deno.lint.Plugin = plugin;

function lint(code: string): Deno.lint.Diagnostic[] {
  return Deno.lint.runPlugin(asPlugin, "code.ts", code);
}

/** Makes the first change that is offered, again and again, as the linter does with changes that meet. */
function mend(code: string): string {
  let text = code;
  for (let i = 0; i < 10; i++) {
    const [fix] = lint(text).flatMap((found) => found.fix ?? []);
    if (fix === undefined) return text;
    text = text.slice(0, fix.range[0]) + (fix.text ?? "") + text.slice(fix.range[1]);
  }
  throw new Error(`The changes of the linter do not end: ${text}`);
}

describe("In Deno's linter", () => {
  for (const [rule, cases] of Object.entries(BAD)) {
    it(`${rule} objects to bad code, and mends it`, () => {
      for (const { code, marks, mended } of cases) {
        const found = lint(code);
        assertEquals([code, found.map(({ id }) => id)], [code, marks.map(() => `asyncio/${rule}`)]);
        assertEquals(found.map(({ range }) => code.slice(...range)), marks);
        assertEquals(mend(code), mended ?? code);
        if (mended !== undefined) assertEquals([mended, lint(mended)], [mended, []]);
      }
    });
  }

  it("no rule objects to good code", () => {
    for (const code of GOOD) assertEquals([code, lint(code).map(({ id }) => id)], [code, []]);
  });

  it("every rule has bad code in this test, and a description", () => {
    assertEquals(Object.keys(plugin.rules).sort(), Object.keys(BAD).sort());
    for (const { meta } of Object.values(plugin.rules)) assert(meta.docs.description.length > 20);
  });
});

describe("The code of this project", () => {
  it("passes the rules, also where it imports the module by its path", async () => {
    const files = (await Promise.all(["src", "examples", "bench"].map((one) => filesBelow(`./${one}`, ".ts"))))
      .flat();
    assert(files.length > 300, `the test has found only ${files.length} files`);
    const wrong: string[] = [];
    for (const file of files) {
      const code = await Deno.readTextFile(file);
      // The directives of the linter are the linter's; here it is enough that there is one.
      if (code.includes("deno-lint-ignore") && code.includes("asyncio/")) continue;
      const text = code.replace(/"(?:\.\.\/)+mod\.ts"/g, '"@loop/asyncio"');
      for (const { id, range } of lint(text)) {
        wrong.push(`${file}:${text.slice(0, range[0]).split("\n").length}: ${id}`);
      }
    }
    assertEquals(wrong, []);
  });
});

interface Documented {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly def: { readonly returnType?: { readonly repr: string }; readonly methods?: readonly Method[] };
  }[];
}

interface Method {
  readonly kind: string;
  readonly name: string;
  readonly functionDef: { readonly returnType?: { readonly repr: string } };
}

/** What begins at the call although its result is a lazy awaitable. */
const BEGINS_AT_THE_CALL = ["EventStream", "ResponseStream", "SSEStream", "ServerWebSocket", "TextStream"];
/** What the rules leave alone: a loop is hardly ever a constant of the file. */
const LEFT_ALONE = ["BaseEventLoop", "EventLoop", "HostLoop", "Runner"];

describe("What the rules know of the module", () => {
  it("is what the module has", async () => {
    const entries = Object.entries(config.exports).filter(([name]) => name !== "./adapter").map(([, file]) => file);
    const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["doc", "--json", ...entries] }).output();
    const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
      nodes: Record<string, { symbols: readonly Documented[] }>;
    };
    const symbols = Object.values(nodes).flatMap((node) => node.symbols);
    const returning = (repr: string[]) =>
      symbols.filter(({ declarations }) =>
        declarations.some(({ kind, def }) => kind === "function" && repr.includes(def.returnType?.repr ?? ""))
      ).map(({ name }) => name).sort();
    assertEquals(returning(["LazyAwaitable"]), [...LAZY].sort());
    const factories = ["eagerTaskFactory"];
    assertEquals(returning(["Future", "Task"]).filter((name) => !factories.includes(name)), [...FUTURES].sort());
    const methods = Object.fromEntries(
      symbols.flatMap(({ name, declarations }) => {
        const lazy = declarations.filter(({ kind }) => kind === "class").flatMap(({ def }) => def.methods ?? [])
          .filter((method) =>
            method.kind === "method" && !method.name.startsWith("[") &&
            method.functionDef.returnType?.repr === "LazyAwaitable"
          ).map((
            method,
          ) => method.name);
        return lazy.length === 0 || LEFT_ALONE.includes(name) ? [] : [[name, [...new Set(lazy)].sort()]];
      }),
    );
    for (const [name, names] of Object.entries(methods)) {
      const known = METHODS[name] ?? [];
      if (BEGINS_AT_THE_CALL.includes(name)) assert(known.every((method) => names.includes(method)));
      else assertEquals([name, known], [name, names]);
    }
    const inherit = ["BoundedSemaphore", "LifoQueue", "PriorityQueue"];
    assertEquals(Object.keys(METHODS).filter((name) => !inherit.includes(name) && !(name in methods)), []);
    for (const [name, classes] of Object.entries(RESULTS)) {
      assert(LAZY.has(name) && [classes].flat().every((one) => one in METHODS), name);
    }
  });
});
