/**
 * What a plugin is to Deno's linter and to ESLint. Both ask for the same, as far as these rules need it; neither's own types are named, so that
 * the declarations compile without them.
 *
 * @module
 */

/**
 * A node of the syntax tree, in the form of ESTree.
 *
 * @category Plugin
 */
export interface LintNode {
  /** The kind of the node, such as `"CallExpression"`. */
  readonly type: string;
}

/**
 * One change of the text.
 *
 * @category Plugin
 */
export interface LintFix {
  /** Where it begins and where it ends, in characters. */
  range: [number, number];
  /** What stands there afterwards. */
  text: string;
}

/**
 * What a rule tells the linter.
 *
 * @category Plugin
 */
export interface LintReport {
  /** Where. */
  readonly node: LintNode;
  /** What is wrong, and what to write instead. */
  readonly message: string;
  /** How it is mended, where a linter can. */
  readonly fix?: () => LintFix;
}

/**
 * What the linter tells a rule about the file.
 *
 * @category Plugin
 */
export interface LintContext {
  /** The file: its tree, and its text as the property `text`. */
  readonly sourceCode: { readonly ast: unknown };
  /** Takes what a rule has found, a {@linkcode LintReport}. Each linter has a type of its own for its nodes, so none is named here. */
  report(report: never): void;
}

/**
 * What is called for the nodes of a file, by kinds of nodes.
 *
 * @category Plugin
 */
export type LintVisitor = Record<string, (node: LintNode) => void>;

/**
 * A rule, for Deno's linter and for ESLint.
 *
 * @category Plugin
 */
export interface LintRule {
  /** What ESLint asks for. */
  readonly meta: {
    readonly type: "problem";
    readonly fixable: "code";
    readonly docs: { readonly description: string; readonly url: string };
    readonly schema: [];
  };
  /** Begins with a file. */
  create(context: LintContext): LintVisitor;
}

/**
 * The plugin, for Deno's linter and for ESLint.
 *
 * @category Plugin
 */
export interface LintPlugin {
  /** The name for Deno, which stands before that of each rule: `asyncio/yield-star`. */
  readonly name: string;
  /** The name for ESLint. */
  readonly meta: { readonly name: string };
  /** The rules by their names. */
  readonly rules: Record<string, LintRule>;
  /** For ESLint: the configurations that can be taken as they are. */
  readonly configs: {
    /** Every rule, as an error. */
    readonly recommended: {
      readonly name: string;
      readonly plugins: Record<string, Pick<LintPlugin, "meta" | "rules">>;
      readonly rules: Record<string, "error">;
    };
  };
}
