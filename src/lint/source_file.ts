/**
 * One file: what its names stand for, and what kind of thing an expression is.
 *
 * @module
 */
import { FUTURES, isModule, LAZY, METHODS, RESULTS } from "./known_names.ts";
import { boundNames, functionAround, isFunction, keyOf, type Node, typeNameOf, unwrap } from "./syntax.ts";

/** What a name stands for. */
type Declaration =
  /** An import of this module, or of all of it. */
  | { readonly kind: "module"; readonly name: string; readonly isType: boolean }
  | { readonly kind: "namespace" }
  | { readonly kind: "function"; readonly node: Node }
  /** A constant, with what it is and the type that it has. */
  | { readonly kind: "constant"; readonly init: Node | null; readonly type: string | undefined }
  /** One of several that a constant array has. */
  | { readonly kind: "element"; readonly init: Node; readonly index: number }
  | { readonly kind: "other" };

/**
 * What an expression is: the call of a generator function of this file, something that begins when it is awaited, a future or a task, the call of
 * an async function of this file, or a promise of the host.
 */
export type Kind = "generator" | "lazy" | "future" | "async call" | "promise";

const OTHER: Declaration = { kind: "other" };
/** What starts at the top of the file, or at a function, a block and their like. */
const SCOPES =
  /^(?:Program|BlockStatement|StaticBlock|CatchClause|For\w*Statement|SwitchStatement|TSModuleBlock|\w*Function\w*)$/;
const PROMISES = ["all", "allSettled", "any", "race", "reject", "resolve", "try"];

/** What the rules know of a file. It is filled while the linter walks through the file. */
export class SourceFile {
  /** Whether it imports anything of this module, or writes coroutines for it. */
  usesModule = false;
  /** The first import of values from the main entry point. */
  mainImport: Node | null = null;
  /** Every `yield` and `await`. */
  readonly suspensions: Node[] = [];
  /** Every place where a value goes elsewhere: thrown, returned, assigned, or an argument of a call. */
  readonly handOvers: Node[] = [];
  readonly program: Node;
  readonly text: string;
  readonly #declared = new Map<string, Map<Node, Declaration>>();
  readonly #members = new Map<Node, Map<string, Declaration>>();
  /** Constants that are being looked at: one may be made of itself. */
  readonly #asked = new Set<Node>();

  constructor(program: Node, text: string) {
    this.program = program;
    this.text = text;
  }

  /** What is called for the nodes of the file. */
  readonly visitor: Record<string, (node: Node) => void> = {
    ImportDeclaration: (node) => this.#import(node),
    FunctionDeclaration: (node) => {
      this.#declare(node.id, this.#scopeAround(node), { kind: "function", node });
      this.#enter(node);
    },
    FunctionExpression: (node) => this.#enter(node),
    ArrowFunctionExpression: (node) => this.#enter(node),
    ClassDeclaration: (node) => this.#declare(node.id, this.#scopeAround(node), OTHER),
    CatchClause: (node) => this.#declare(node.param, node, OTHER),
    VariableDeclarator: (node) => {
      const { id, init } = node;
      if (node.parent?.kind === "const" && id?.type === "ArrayPattern" && init) {
        // Of an array that begins with an empty place Deno's tree has nothing.
        for (const [index, element] of id.elements!.entries()) {
          this.#declare(element, this.#scopeAround(node), { kind: "element", init, index });
        }
        return;
      }
      const constant = node.parent?.kind === "const" && id?.type === "Identifier";
      const type = typeNameOf(id?.typeAnnotation);
      this.#declare(id, this.#scopeAround(node), constant ? { kind: "constant", init: init ?? null, type } : OTHER);
    },
    MethodDefinition: (node) => this.#member(node, { kind: "function", node: node.value as Node }),
    PropertyDefinition: (node) => {
      const init = (node.value ?? null) as Node | null;
      this.#member(node, { kind: "constant", init, type: typeNameOf(node.typeAnnotation) });
    },
    AccessorProperty: (node) => this.visitor["PropertyDefinition"]!(node),
    TSParameterProperty: (node) => {
      const { parameter, parent } = node;
      const owner = parent?.parent?.parent;
      if (parameter?.type !== "Identifier" || !owner) return;
      this.#setMember(owner, parameter.name!, {
        kind: "constant",
        init: null,
        type: typeNameOf(parameter.typeAnnotation),
      });
    },
    YieldExpression: (node) => void this.suspensions.push(node),
    AwaitExpression: (node) => void this.suspensions.push(node),
    ThrowStatement: (node) => void this.handOvers.push(node),
    ReturnStatement: (node) => void this.handOvers.push(node),
    AssignmentExpression: (node) => void this.handOvers.push(node),
    CallExpression: (node) => void this.handOvers.push(node),
  };

  /** What an expression is, or null if nothing is known of it. */
  kindOf(expression: Node): Kind | null {
    const node = unwrap(expression);
    switch (node.type) {
      case "CallExpression":
        return this.#kindOfCall(node);
      case "NewExpression":
        if (this.nameOf(node.callee!) === "Future") return "future";
        return this.isGlobal(node.callee!, "Promise") ? "promise" : null;
      case "ImportExpression":
        return "promise";
      case "Identifier":
      case "MemberExpression":
        return this.#kindOfConstant(this.#declarationOf(node));
      default:
        return null;
    }
  }

  /** The name that something has in this module, if it was imported from there: `sleep` of `asyncio.sleep`. */
  nameOf(expression: Node): string | null {
    const node = unwrap(expression);
    if (node.type === "MemberExpression") {
      const object = this.#declarationOf(unwrap(node.object!));
      return object?.kind === "namespace" ? keyOf(node) ?? null : null;
    }
    const found = this.#declarationOf(node);
    return found?.kind === "module" ? found.name : null;
  }

  /** Whether an identifier is the host's global of this name. */
  isGlobal(node: Node, name: string): boolean {
    return node.type === "Identifier" && node.name === name && this.#resolve(name, node) === null;
  }

  /** How a name of this module is written at a place, if it was imported as a value; null if it was not. */
  localNameOf(name: string, at: Node): string | null {
    for (const [local, scopes] of this.#declared) {
      const found = scopes.get(this.program);
      if (found?.kind !== "module" || found.isType || found.name !== name) continue;
      if (this.#resolve(local, at) === found) return local;
    }
    return null;
  }

  /** Whether a name stands for anything at a place. */
  isTaken(name: string, at: Node): boolean {
    return this.#resolve(name, at) !== null;
  }

  /** Whether a generator function is a coroutine's: by its type, by who gets it, or by what it awaits. */
  isCoroutineFunction(node: Node): boolean {
    if (!node.generator || node.async) return false;
    const type = typeNameOf(node.returnType);
    if (type !== undefined) return type === "Coroutine";
    if (node.returnType) return false;
    const { parent } = node;
    if (parent?.type === "CallExpression" && this.nameOf(parent.callee!) !== null) return true;
    return this.suspensions.some((one) =>
      one.delegate === true && functionAround(one) === node && this.kindOf(one.argument!) !== null
    );
  }

  /** The declaration of a function that is called, or null. */
  calledFunction(call: Node): Node | null {
    const found = this.#declarationOf(unwrap(call.callee!));
    if (found?.kind === "function") return found.node;
    return found?.kind === "constant" && isFunction(found.init) ? found.init : null;
  }

  #kindOfCall(call: Node): Kind | null {
    const callee = unwrap(call.callee!);
    const name = this.nameOf(callee);
    if (name !== null) return LAZY.has(name) ? "lazy" : FUTURES.has(name) ? "future" : null;
    if (this.isGlobal(callee, "fetch")) return "promise";
    if (isFunction(callee)) return kindOfFunction(callee);
    const found = this.#declarationOf(callee);
    if (found?.kind === "function") return kindOfFunction(found.node);
    if (found?.kind === "constant" && found.init !== null) {
      const init = unwrap(found.init);
      if (isFunction(init)) return kindOfFunction(init);
      if (init.type === "CallExpression" && this.nameOf(init.callee!) === "coroutine") return "lazy";
    }
    return callee.type === "MemberExpression" ? this.#kindOfMethod(callee) : null;
  }

  #kindOfMethod(callee: Node): Kind | null {
    const object = unwrap(callee.object!);
    const method = keyOf(callee);
    if (method === undefined) return null;
    if (this.isGlobal(object, "Promise")) return PROMISES.includes(method) ? "promise" : null;
    if (method === "createTask" && this.usesModule) return "future";
    if (["then", "catch", "finally"].includes(method)) return this.kindOf(object) === null ? null : "promise";
    const type = this.#classOf(object);
    return type !== null && METHODS[type]?.includes(method) ? "lazy" : null;
  }

  /** The class of this module that an expression is an instance of. */
  #classOf(expression: Node): string | null {
    const found = this.#declarationOf(expression);
    if (found?.kind === "element") return this.#classOfResult(found.init, found.index);
    if (found?.kind !== "constant") return null;
    if (found.init?.type === "NewExpression") return this.nameOf(found.init.callee!);
    if (found.init !== null && found.type === undefined) return this.#classOfResult(found.init);
    const type = found.type === undefined ? null : this.#resolve(found.type, this.program);
    return type?.kind === "module" ? type.name : null;
  }

  /** The class of what an awaited call of this module returns. */
  #classOfResult(awaited: Node, index?: number): string | null {
    const { type, delegate, argument } = unwrap(awaited);
    if (type !== "AwaitExpression" && !(type === "YieldExpression" && delegate)) return null;
    const call = unwrap(argument!);
    const name = call.type === "CallExpression" ? this.nameOf(call.callee!) : null;
    const result = name === null || !Object.hasOwn(RESULTS, name) ? null : RESULTS[name]!;
    if (typeof result === "string") return index === undefined ? result : null;
    return index === undefined ? null : result?.[index] ?? null;
  }

  #kindOfConstant(found: Declaration | null): Kind | null {
    if (found?.kind !== "constant" || found.init === null || this.#asked.has(found.init)) return null;
    this.#asked.add(found.init);
    try {
      return this.kindOf(found.init);
    } finally {
      this.#asked.delete(found.init);
    }
  }

  #declarationOf(node: Node): Declaration | null {
    if (node.type === "Identifier") return this.#resolve(node.name!, node);
    if (node.type !== "MemberExpression" || node.object?.type !== "ThisExpression") return null;
    const key = keyOf(node);
    const owner = classAround(node);
    return key === undefined || owner === null ? null : this.#members.get(owner)?.get(key) ?? null;
  }

  #resolve(name: string, at: Node): Declaration | null {
    const scopes = this.#declared.get(name);
    if (scopes === undefined) return null;
    for (let node: Node | null | undefined = at; node; node = node.parent) {
      const found = scopes.get(node);
      if (found !== undefined) return found;
    }
    return null;
  }

  #import({ source, specifiers = [], importKind }: Node): void {
    const from = isModule(source!.value);
    if (from !== null) this.usesModule = true;
    for (const specifier of specifiers) {
      const isType = importKind === "type" || specifier.importKind === "type";
      const name = specifier.imported?.name;
      if (name === "Coroutine") this.usesModule = true;
      let found: Declaration = OTHER;
      if (from !== null && name !== undefined) found = { kind: "module", name, isType };
      else if (from !== null && specifier.type === "ImportNamespaceSpecifier") found = { kind: "namespace" };
      this.#declare(specifier.local, this.program, found);
      if (from === "main" && importKind !== "type" && name !== undefined) {
        this.mainImport ??= specifier.parent as Node;
      }
    }
  }

  #enter(node: Node): void {
    for (const param of node.params ?? []) {
      const name = param.parameter ?? param;
      const typed = name.type === "Identifier" ? typeNameOf(name.typeAnnotation) : undefined;
      this.#declare(param, node, typed === undefined ? OTHER : { kind: "constant", init: null, type: typed });
    }
  }

  #member(node: Node, found: Declaration): void {
    const key = keyOf(node);
    const owner = node.parent;
    if (key !== undefined && owner) this.#setMember(owner, key, found);
  }

  #setMember(owner: Node, key: string, found: Declaration): void {
    const members = this.#members.get(owner) ?? new Map<string, Declaration>();
    this.#members.set(owner, members.set(key, members.has(key) ? OTHER : found));
  }

  #declare(pattern: Node | null | undefined, scope: Node, found: Declaration): void {
    for (const name of boundNames(pattern)) {
      const scopes = this.#declared.get(name) ?? new Map<Node, Declaration>();
      this.#declared.set(name, scopes.set(scope, scopes.has(scope) ? OTHER : found));
    }
  }

  #scopeAround(node: Node): Node {
    let scope = node.parent;
    while (scope && !SCOPES.test(scope.type)) scope = scope.parent;
    return scope ?? this.program;
  }
}

function kindOfFunction(node: Node): Kind | null {
  if (node.generator) return node.async ? null : "generator";
  const type = typeNameOf(node.returnType);
  if (node.async || type === "Promise") return "async call";
  return type === "Coroutine" ? "generator" : type === "LazyAwaitable" ? "lazy" : null;
}

/** The body of the class whose instance `this` is. */
function classAround(node: Node): Node | null {
  for (let around = node.parent; around; around = around.parent) {
    if (around.type === "ClassBody") return around;
    // A function that is no method has a `this` of its own.
    if (/^Function/.test(around.type) && around.parent?.type !== "MethodDefinition") return null;
  }
  return null;
}
