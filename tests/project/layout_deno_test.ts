/**
 * The house rules that can be read off the sources: who imports whom, and who touches whose underscores.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { circles, type Edge, edgesOf, forbiddenImports, knowARuntime } from "./layout.ts";
import { codeOf, importsOf, readSources, type Source } from "./sources.ts";
import { reaches } from "./underscores.ts";

const sources = await readSources();

/** What breaks each rule, with what a reader needs to know of it. */
const rules: Record<string, () => Iterable<string>> = {
  imports: () => forbiddenImports(edgesOf(sources)).map(({ why }) => why),
  circles: () => circles(edgesOf(sources)).values(),
  runtimes: () => knowARuntime(sources).map(({ why }) => why),
  underscores: () =>
    reaches(sources).map(({ name, uses }) =>
      `${name}, in ${[...uses].map(([file, times]) => `${file} ${times} times`).join(", ")}`
    ),
};

function check(rule: string): void {
  const broken = [...rules[rule]!()];
  assert(broken.length === 0, `against the rules of CONTRIBUTING.md:\n  ${broken.join("\n  ")}`);
}

/** Sources that only a test has. */
function made(files: Record<string, string>): Map<string, Source> {
  return new Map(
    Object.entries(files).map((
      [file, text],
    ) => [file, { file, code: codeOf(text), imports: importsOf(text) }]),
  );
}

describe("The sources", () => {
  it("are all read", () => {
    assert(sources.size > 200 && edgesOf(sources).length > 1_000, `the test has found only ${sources.size} files`);
  });

  it("import in one direction", () => check("imports"));
  it("have no circle of imports when they run", () => check("circles"));
  it("know no runtime but in its adapter", () => check("runtimes"));
  it("touch no underscore of another file", () => check("underscores"));
});

describe("A forbidden import", () => {
  const why = (from: string, to: string, kind: Edge["kind"] = "value") =>
    forbiddenImports([{ from, to, kind }]).map((found) => found.why);

  it("is one against the direction, types too, and comes with the way to it", () => {
    const edges: Edge[] = [
      { from: "mod.ts", to: "src/tasks/sleep.ts", kind: "value" },
      { from: "src/tasks/sleep.ts", to: "src/core/task.ts", kind: "value" },
      { from: "src/core/task.ts", to: "src/net/server.ts", kind: "type" },
    ];
    assertEquals(forbiddenImports(edges).map((found) => found.why), [
      "mod.ts -> src/tasks/sleep.ts -> src/core/task.ts -> src/net/server.ts: core may know contract",
    ]);
  });

  it("is the loop's of an area, unless by import() of one file", () => {
    assertEquals(why("src/loop/run.ts", "src/net/net.ts", "lazy"), []);
    assertEquals(why("src/loop/run.ts", "src/net/net.ts", "type").length, 1);
    assertEquals(why("src/loop/run.ts", "src/http/http.ts", "lazy").length, 1);
    const both = ["one", "other"].map((name): Edge => ({
      from: "src/loop/run.ts",
      to: `src/net/${name}.ts`,
      kind: "lazy",
    }));
    assertEquals(forbiddenImports(both).length, 2);
  });

  it("is an area's of the EventLoop", () => {
    assertEquals(why("src/net/server.ts", "src/loop/host_loop.ts"), []);
    assertEquals(why("src/net/server.ts", "src/loop/event_loop.ts", "type").length, 1);
  });

  it("is one of a runtime's adapter, or an adapter's of what is not the contract", () => {
    assertEquals(why("src/http/serve.ts", "src/adapters/bun/http.ts").length, 1);
    assertEquals(why("src/testing/virtual.ts", "src/adapters/node/http.ts").length, 1);
    assertEquals(why("src/adapters/node/http.ts", "src/adapters/bun/http.ts").length, 1);
    assertEquals(why("src/adapters/node/http.ts", "src/core/future.ts", "type").length, 1);
    assertEquals(why("src/core/scheduler.ts", "src/adapters/shared/timers.ts").length, 1);
    assertEquals(why("src/adapters/deno/net.ts", "src/adapters/node/net.ts"), []);
    assertEquals(why("src/adapters/node/http.ts", "src/adapters/web_socket.ts"), []);
    assertEquals(why("src/core/scheduler.ts", "src/adapters/adapter.ts", "type"), []);
  });

  it("is none of what has nothing to take", () => {
    assertEquals(why("src/adapters/node/http.ts", "src/loop/one_part.ts"), []);
    assert(!/\bexport\b|\bfrom\b/.test(sources.get("src/loop/one_part.ts")!.code), "one_part.ts has more than imports");
  });

  it("is one of a folder that nobody has thought of", () => {
    assertEquals(why("src/news/a.ts", "src/core/task.ts").length, 1);
  });
});

describe("A circle of imports", () => {
  const edge = (from: string, to: string, kind: Edge["kind"]): Edge => ({ from, to, kind });

  it("is found by each of its files, unless it is of types", () => {
    const edges = [edge("a", "b", "value"), edge("b", "c", "value"), edge("c", "a", "value"), edge("c", "d", "value")];
    assertEquals([...circles(edges)], [
      ["a", "a -> b -> c -> a"],
      ["b", "b -> c -> a -> b"],
      ["c", "c -> a -> b -> c"],
    ]);
    assertEquals([...circles([edge("a", "b", "value"), edge("b", "a", "type")])], []);
  });
});

describe("A runtime's name", () => {
  it("is looked for in code alone, and not in an adapter", () => {
    const found = knowARuntime(made({
      "src/net/a.ts": "const { process } = globalThis as Scope;",
      "src/net/b.ts": "/** Deno. */ const text = `Deno ${1 + 1} Bun`; // Bun",
      "src/net/c.ts": 'if ("Deno" in globalThis) throw new Error("Deno");',
      "src/net/d.ts": "const version = `${Bun.version}`;",
      "src/adapters/bun/a.ts": "Bun.listen();",
    }));
    assertEquals(found.map(({ name }) => name), ["src/net/a.ts", "src/net/d.ts"]);
  });
});

describe("An underscore", () => {
  it("is found where another file uses it, and says whose it is", () => {
    const found = reaches(made({
      "src/core/other.ts": "export class Other {\n  _far = 1;\n  _near(): void {}\n  #own = 2;\n}",
      "src/core/user.ts": "other._near(); other._near(); const text = '._far'; // other._far",
      "src/net/user.ts": "class User extends Other {\n  override _near(): void {}\n}\nother?._far;",
      "src/net/own.ts": "class Own {\n  static readonly _mine = 1;\n  get(_unused: number) { return Own._mine; }\n}",
    }));
    assertEquals(found.map(({ name, uses }) => [name, [...uses]]), [
      ["core: _near", [["src/core/user.ts", 2]]],
      ["net: _far of core", [["src/net/user.ts", 1]]],
      ["net: _near of core", [["src/net/user.ts", 1]]],
    ]);
  });

  it("is free to the hot path within the core", () => {
    const files = {
      "src/core/task.ts": "export class Task {\n  _flags = 0;\n}",
      "src/core/step.ts": "task._flags;",
      "src/net/a.ts": "task._flags;",
    };
    assertEquals(reaches(made(files)).map(({ name }) => name), ["net: _flags of core"]);
  });
});

describe("An import", () => {
  const kinds: [string, "type" | "value" | "lazy"][] = [
    ['import { a } from "./a.ts";', "value"],
    ['import {\n  a,\n  type B,\n} from "./a.ts";', "value"],
    ['import type { B } from "./a.ts";', "type"],
    ['import "./a.ts";', "value"],
    ['export { a } from "./a.ts";', "value"],
    ['export type { B } from "./a.ts";', "type"],
    ['export type * from "./a.ts";', "type"],
    ['export * from "./a.ts";', "value"],
    ['const load = () => import(\n  "./a.ts"\n);', "lazy"],
    ['const load = await import(/* now */ "./a.ts");', "lazy"],
    ['type A = typeof import("./a.ts");', "type"],
    ['let a: import("./a.ts").A;', "type"],
  ];
  for (const [text, kind] of kinds) {
    it(`is read: ${text.replaceAll("\n", " ")}`, () => assertEquals(importsOf(text), [{ specifier: "./a.ts", kind }]));
  }

  it("is not read in comments, texts and patterns", () => {
    assertEquals(importsOf('/** import { a } from "./a.ts"; */ const a = `import("./a.ts") ${"from"}`;'), []);
    assertEquals(importsOf('const a = /["\']/; // import "./a.ts"\nconst b = 1 / 2;'), []);
    assertEquals(importsOf('const a = /"/g; import("./b.ts")').map(({ specifier }) => specifier), ["./b.ts"]);
  });
});
