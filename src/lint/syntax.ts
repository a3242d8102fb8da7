/**
 * The nodes of the tree as the rules read them: those of ESTree and of TypeScript's form of it.
 *
 * @module
 */

/** A node. What a kind of node does not have is undefined. */
export interface Node {
  readonly type: string;
  readonly range: [number, number];
  readonly parent?: Node | null;
  readonly name?: string;
  readonly value?: unknown;
  readonly kind?: string;
  readonly computed?: boolean;
  readonly generator?: boolean;
  readonly async?: boolean;
  readonly delegate?: boolean;
  readonly importKind?: string;
  readonly alternate?: Node | null;
  readonly argument?: Node | null;
  readonly arguments?: readonly Node[];
  readonly body?: Node | readonly Node[] | null;
  readonly block?: Node;
  readonly callee?: Node;
  readonly consequent?: Node;
  readonly expression?: Node;
  readonly expressions?: readonly Node[];
  readonly handler?: Node | null;
  readonly id?: Node | null;
  readonly imported?: Node;
  readonly init?: Node | null;
  readonly key?: Node;
  readonly left?: Node;
  readonly local?: Node;
  readonly object?: Node;
  readonly operator?: string;
  readonly param?: Node | null;
  readonly parameter?: Node;
  readonly params?: readonly Node[];
  readonly elements?: readonly (Node | null)[];
  readonly properties?: readonly Node[];
  readonly property?: Node;
  readonly returnType?: Node | null;
  readonly right?: Node;
  readonly source?: Node;
  readonly specifiers?: readonly Node[];
  readonly typeAnnotation?: Node | null;
  readonly typeName?: Node;
}

const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];

/** What changes nothing about the value of the expression inside. */
const WRAPPERS = [
  "ChainExpression",
  "ParenthesizedExpression",
  "TSAsExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
];

/** A function of any form. */
export interface FunctionNode extends Node {
  readonly params: readonly Node[];
}

/** Whether the node is a function. */
export function isFunction(node: Node | null | undefined): node is FunctionNode {
  return node != null && FUNCTIONS.includes(node.type);
}

/** The expression without the parentheses and assertions around it. */
export function unwrap(node: Node): Node {
  let inner = node;
  while (WRAPPERS.includes(inner.type) && inner.expression) inner = inner.expression;
  return inner;
}

/** Whether an expression was given a type by hand. */
export function isCast(node: Node): boolean {
  return node.type === "TSAsExpression" || node.type === "TSTypeAssertion";
}

/** The innermost function around a node, or null at the top of the file. */
export function functionAround(node: Node): Node | null {
  let around = node.parent;
  while (around && !isFunction(around)) around = around.parent;
  return around ?? null;
}

/** Whether a node stands inside of another one. */
export function isInside(node: Node, outer: Node): boolean {
  return node.range[0] >= outer.range[0] && node.range[1] <= outer.range[1];
}

/** The name of a property or of a member, with its `#`; undefined if it is computed. */
export function keyOf({ key, property, computed }: Node): string | undefined {
  const name = key ?? property;
  if (!name || computed) return undefined;
  if (name.type === "PrivateIdentifier") return `#${name.name}`;
  return name.type === "Identifier" ? name.name : undefined;
}

/** The name of a type, without its arguments: `Coroutine` of `: Coroutine<number>`. */
export function typeNameOf(annotation: Node | null | undefined): string | undefined {
  const type = annotation?.type === "TSTypeAnnotation" ? annotation.typeAnnotation : annotation;
  return type?.type === "TSTypeReference" ? type.typeName?.name : undefined;
}

/** The names that a parameter or the left side of a declaration binds. */
export function boundNames(pattern: Node | null | undefined): string[] {
  switch (pattern?.type) {
    case "Identifier":
      return [pattern.name!];
    case "AssignmentPattern":
      return boundNames(pattern.left);
    case "TSParameterProperty":
      return boundNames(pattern.parameter);
    case "RestElement":
      return boundNames(pattern.argument);
    case "ArrayPattern":
      return pattern.elements!.flatMap(boundNames);
    case "ObjectPattern":
      return pattern.properties!.flatMap((property) =>
        boundNames(property.type === "RestElement" ? property.argument : property.value as Node)
      );
    default:
      return [];
  }
}
