/**
 * A rule from what it looks at and what it says.
 *
 * @module
 */
import type { LintContext, LintFix, LintReport, LintRule, LintVisitor } from "./plugin.ts";
import { SourceFile } from "./source_file.ts";
import type { Node } from "./syntax.ts";

/** What a rule has found at a node. */
export interface Finding {
  /** The node that is marked; that which was looked at if there is none. */
  readonly at?: Node;
  readonly message: string;
  /** The changes that mend it; null where a linter cannot. */
  readonly fix: ((edits: Edits) => void) | null;
}

/** What a rule is made of. */
interface RuleParts {
  readonly name: string;
  readonly description: string;
  /** The kind of the nodes that it looks at. */
  readonly looksAt: string;
  readonly check: (node: Node, file: SourceFile) => Finding | readonly Finding[] | null;
}

/** What is put into the text to mend a finding. */
export class Edits {
  readonly #file: SourceFile;
  readonly #inserted: { readonly at: number; readonly text: string }[] = [];

  constructor(file: SourceFile) {
    this.#file = file;
  }

  /** Puts a text before a node, or at a place. */
  before(place: Node | number, text: string): void {
    this.#inserted.push({ at: typeof place === "number" ? place : place.range[0], text });
  }

  /** Puts a text behind a node. */
  after(node: Node, text: string): void {
    this.#inserted.push({ at: node.range[1], text });
  }

  /** Returns how a name of this module is written at a place, and imports it if it is not. */
  nameOf(name: string, at: Node): string {
    const local = this.#file.localNameOf(name, at);
    if (local !== null) return local;
    const last = this.#file.mainImport?.specifiers?.findLast(({ imported }) => imported !== undefined);
    if (last) this.after(last, `, ${name}`);
    else this.before(firstStatement(this.#file.program), `import { ${name} } from "@loop/asyncio";\n`);
    return name;
  }

  /** All of them as one change: Deno's linter would make some of several and leave out those that meet others. */
  merged(): LintFix {
    const inserted = this.#inserted.sort((one, other) => one.at - other.at);
    const start = inserted[0]!.at;
    let [text, at] = ["", start];
    for (const one of inserted) {
      text += this.#file.text.slice(at, one.at) + one.text;
      at = one.at;
    }
    return { range: [start, at], text };
  }
}

/** What the rules know of each file, by its tree: whichever rule comes first has the linter fill it. */
const files = new WeakMap<Node, SourceFile>();

/** Makes a rule of its parts. */
export function defineRule({ name, description, looksAt, check }: RuleParts): LintRule {
  return {
    meta: {
      type: "problem",
      fixable: "code",
      docs: { description, url: `https://jsr.io/@loop/asyncio/doc/lint#${name}` },
      schema: [],
    },
    create(context: LintContext): LintVisitor {
      const { ast, text } = context.sourceCode as { readonly ast: Node; readonly text: string };
      let file = files.get(ast);
      const isFirst = file === undefined;
      files.set(ast, file ??= new SourceFile(ast, text));
      const known = file;
      const visitor = isFirst ? { ...known.visitor } : {};
      const found: Node[] = [];
      const collect = visitor[looksAt];
      visitor[looksAt] = (node) => {
        collect?.(node);
        found.push(node);
      };
      // What a name stands for may be said further down.
      visitor["Program:exit"] = () => {
        if (!known.usesModule) return;
        for (const node of found) {
          for (const finding of [check(node, known) ?? []].flat()) report(context, known, node, finding);
        }
      };
      return visitor as LintVisitor;
    },
  };
}

function report(context: LintContext, file: SourceFile, node: Node, finding: Finding): void {
  const { at = node, message, fix } = finding;
  const tell = (found: LintReport) => context.report(found as never);
  if (fix === null) return tell({ node: at, message });
  const edits = new Edits(file);
  fix(edits);
  tell({ node: at, message, fix: () => edits.merged() });
}

function firstStatement(program: Node): Node {
  return (program.body as readonly Node[])[0]!;
}
