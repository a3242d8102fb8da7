/**
 * Context variables: values that belong to a task and to what it starts.
 *
 * The variables of a context are one immutable map. A copy is a reference, so every task and every handle can have
 * a copy of its own for nothing; only `set` makes a new map.
 *
 * @module
 */
import { markedOwner } from "./current_code.ts";
import { current } from "./current.ts";
import { RuntimeError } from "./errors.ts";
import type { AnyTask, ContextOwner, Vars } from "./contract.ts";
import { describeKind, printsAsText } from "./repr.ts";

/** No variable is set. Compared by identity on the hot path. */
export const NO_VARS: Vars = new Map();

/** Stands for variables that a task makes when somebody looks at them: see `makeVars` of its hooks. */
const UNREAD_VARS: Vars = new Map();

/** Whether there has ever been a variable: a program without need not ask for the context of what runs. It is a quarter of what a callSoon() costs on Bun. */
let anyVars = false;

/** What the context of such a task is set to. */
export function unreadVars(): Vars {
  anyVars = true;
  return UNREAD_VARS;
}

/** What the tasks that are made in a context belong to: a request of a server, its background group. */
export interface TaskScope {
  /** A task is being made in the context. Refuses by throwing. */
  adopt(task: AnyTask): void;
}

/**
 * The variables of a context whose tasks belong to a scope. The scope is no variable: it goes wherever the context is
 * copied to, and whoever looks at the context does not see it.
 */
export class ScopedVars extends Map<ContextVar<unknown>, unknown> {
  /** The innermost scope. */
  readonly scope: TaskScope;

  constructor(vars: Vars, scope: TaskScope) {
    super(vars as Map<ContextVar<unknown>, unknown>);
    this.scope = scope;
    anyVars = true;
  }
}

/** Who owns the context of code that no loop runs. */
const root: ContextOwner = { _context: NO_VARS };

function currentOwner(): ContextOwner {
  return current.owner ?? current.entries?.first()?._owner ?? markedOwner() ?? root;
}

function varsOf(owner: ContextOwner): Vars {
  const context = owner._context;
  if (context instanceof Context) return context._context;
  return context === UNREAD_VARS ? (owner as AnyTask)._makeVars() : context as Vars;
}

/** Variables to change, in the same scope. */
function copyVars(vars: Vars): Map<ContextVar<unknown>, unknown> {
  anyVars = true;
  return vars instanceof ScopedVars
    ? new ScopedVars(vars, vars.scope)
    : new Map(vars as Map<ContextVar<unknown>, unknown>);
}

function setVars(owner: ContextOwner, vars: Vars): void {
  const context = owner._context;
  if (context instanceof Context) context._context = vars;
  else owner._context = vars;
}

/** The variables as they are here and now: what a new task or handle starts with. */
export function snapshotVars(): Vars {
  if (!anyVars) return NO_VARS;
  const owner = currentOwner();
  return owner._context === NO_VARS ? NO_VARS : varsOf(owner);
}

/**
 * The context that options name, or else a copy of the current one.
 *
 * @param act what cannot be done, such as `"make a task"`
 * @throws {TypeError} if they name something else
 */
export function contextFrom({ context }: { readonly context?: Context | undefined }, act: string): Context | Vars {
  if (context !== undefined && !(context instanceof Context)) {
    throw new TypeError(`Cannot ${act} with ${describeKind(context)} as its context: give it a Context.`);
  }
  return context ?? snapshotVars();
}

/** The context object of an owner, made at the first request; both see each other's changes from then on. */
export function contextOf(owner: ContextOwner): Context {
  const context = owner._context;
  if (context instanceof Context) return context;
  const made = new Context();
  made._context = varsOf(owner);
  owner._context = made;
  return made;
}

/** The innermost scope that a task made here and now would belong to, or null. */
export function currentScope(): TaskScope | null {
  const vars = snapshotVars();
  return vars instanceof ScopedVars ? vars.scope : null;
}

/** Makes a task known to the scope of its context, if that has one. */
export function joinScope(task: AnyTask): void {
  const context = task._context;
  const vars = context instanceof Context ? context._context : context;
  (vars as Partial<ScopedVars>).scope?.adopt(task);
}

/**
 * How a {@linkcode ContextVar} is made.
 *
 * @category Context variables
 */
export interface ContextVarOptions<T> {
  /** What `get` returns where the variable is not set. */
  readonly default: T;
}

/**
 * A variable whose value belongs to the current context: each task works on a copy of the context that it was made
 * in, so that what it sets is seen by itself and by what it starts later, and by nobody else.
 *
 * @example A request id that follows the request
 * ```ts
 * import { ContextVar, createTask, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const requestId = new ContextVar("requestId", { default: "none" });
 *
 * await run(function* () {
 *   requestId.set("r-1");
 *   const task = createTask(function* () {
 *     const seen = requestId.get();
 *     requestId.set("changed by the child");
 *     return seen;
 *   });
 *   assertEquals(yield* task, "r-1");
 *   assertEquals(requestId.get(), "r-1");
 * });
 * ```
 *
 * @category Context variables
 */
export class ContextVar<T> {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** The name, for messages only. */
  readonly name: string;
  readonly #default: ContextVarOptions<T> | undefined;

  /**
   * Makes a variable; without a default, reading it where it is not set is an error.
   *
   * @throws {TypeError} if the name is no string, or the options have no default
   */
  constructor(name: string, options?: ContextVarOptions<T>) {
    if (typeof name !== "string") {
      throw new TypeError(`Cannot make a ContextVar: its name must be a string, not ${typeof name}.`);
    }
    if (options !== undefined && (typeof options !== "object" || options === null || !("default" in options))) {
      throw new TypeError(`Cannot make the ContextVar "${name}": its options have no default. Write { default: … }.`);
    }
    this.name = name;
    this.#default = options;
  }

  /**
   * The value in the current context, else `fallback` if one is given, else the variable's default.
   *
   * @throws {RuntimeError} if there is none of the three
   */
  get(...fallback: [fallback?: T]): T {
    const vars = varsOf(currentOwner());
    const key = this as ContextVar<unknown>;
    if (vars.has(key)) return vars.get(key) as T;
    if (fallback.length > 0) return fallback[0] as T;
    if (this.#default !== undefined) return this.#default.default;
    throw new RuntimeError(
      `Cannot get the context variable "${this.name}": it is not set in this context and has no default. ` +
        "Set it before, or make it with { default: … }.",
    );
  }

  /** Sets the value in the current context; the token that it returns puts the old one back. */
  set(value: T): Token<T> {
    const owner = currentOwner();
    const vars = varsOf(owner);
    const key = this as ContextVar<unknown>;
    const token = new Token<T>(this, owner, vars.has(key), vars.get(key) as T | undefined);
    setVars(owner, copyVars(vars).set(key, value));
    return token;
  }

  /**
   * Puts back the value from before the `set` that returned the token.
   *
   * @throws {RangeError} if the token is another variable's, or was made in another context
   * @throws {RuntimeError} if the token was used before
   */
  reset(token: Token<T>): void {
    if (token.var !== this) {
      throw new RangeError(`Cannot reset "${this.name}": the token is that of "${token.var.name}".`);
    }
    token._use(currentOwner());
  }

  /** Readable form, with the default if there is one. */
  toString(): string {
    const rest = this.#default === undefined ? "" : ` default=${String(this.#default.default)}`;
    return `<ContextVar name='${this.name}'${rest}>`;
  }
}

/**
 * What {@linkcode ContextVar.set} returns: the way back to the value from before. Usable with `using`.
 *
 * @example Set a variable for the length of a block
 * ```ts
 * import { ContextVar } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const depth = new ContextVar("depth", { default: 0 });
 * {
 *   using _token = depth.set(1);
 *   assertEquals(depth.get(), 1);
 * }
 * assertEquals(depth.get(), 0);
 * ```
 *
 * @category Context variables
 */
export class Token<T> {
  /** The variable that was set. */
  readonly var: ContextVar<T>;
  /** The value from before, if it was set. */
  readonly oldValue: T | undefined;
  readonly #owner: ContextOwner;
  readonly #wasSet: boolean;
  #used = false;

  /** @ignore */
  constructor(variable: ContextVar<T>, owner: ContextOwner, wasSet: boolean, oldValue: T | undefined) {
    this.var = variable;
    this.oldValue = oldValue;
    this.#owner = owner;
    this.#wasSet = wasSet;
  }

  /** @ignore */
  _use(owner: ContextOwner): void {
    const name = this.var.name;
    if (this.#used) throw new RuntimeError(`Cannot reset "${name}": this token has been used already.`);
    const same = owner === this.#owner || owner._context === this.#owner || owner === this.#owner._context ||
      (owner._context instanceof Context && owner._context === this.#owner._context);
    if (!same) {
      throw new RangeError(`Cannot reset "${name}": the token was made in another context. Reset it where it was set.`);
    }
    this.#used = true;
    const vars = copyVars(varsOf(owner));
    const key = this.var as ContextVar<unknown>;
    if (this.#wasSet) vars.set(key, this.oldValue);
    else vars.delete(key);
    setVars(owner, vars);
  }

  /** Puts the old value back; for `using`. */
  [Symbol.dispose](): void {
    this.var.reset(this);
  }
}

/**
 * A set of context variables with their values. `new Context()` is empty; {@linkcode copyContext} copies the
 * current one.
 *
 * @example Run something in a context of its own
 * ```ts
 * import { Context, ContextVar } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const level = new ContextVar("level", { default: 0 });
 * const context = new Context();
 * context.run(() => level.set(3));
 * assertEquals(context.get(level), 3);
 * assertEquals(level.get(), 0);
 * ```
 *
 * @category Context variables
 */
export class Context {
  static readonly #printed: true = /* @__PURE__ */ printsAsText(this);
  /** @ignore */
  _context: Vars = NO_VARS;
  /** @ignore */
  _entered = false;

  /**
   * Calls a function in this context and returns what it returns. What the function sets stays in the context. An
   * async function runs in it up to its first `await`.
   *
   * @throws {RuntimeError} if the context is entered already
   */
  run<A extends unknown[], R>(callback: (...args: A) => R, ...args: A): R {
    enterContext(this);
    const owner = current.owner;
    current.owner = this;
    try {
      return callback(...args);
    } finally {
      current.owner = owner;
      this._entered = false;
    }
  }

  /** A copy that changes on its own from now on. Costs nothing, whatever it holds. */
  copy(): Context {
    const copy = new Context();
    copy._context = this._context;
    return copy;
  }

  /** The value of a variable in this context, or undefined if it is not set in it; its default does not count. */
  get<T>(variable: ContextVar<T>): T | undefined {
    return this._context.get(variable as ContextVar<unknown>) as T | undefined;
  }

  /** Whether a variable is set in this context. */
  has<T>(variable: ContextVar<T>): boolean {
    return this._context.has(variable as ContextVar<unknown>);
  }

  /** How many variables are set. */
  get size(): number {
    return this._context.size;
  }

  /** The variables that are set, each with its value. */
  [Symbol.iterator](): IterableIterator<[ContextVar<unknown>, unknown]> {
    return (this._context as Map<ContextVar<unknown>, unknown>).entries();
  }

  /** Readable form. */
  toString(): string {
    return `<Context variables=${this.size}${this._entered ? " entered" : ""}>`;
  }
}

/** Marks a context as entered; it cannot be entered twice, or two tasks would write over each other's values. */
export function enterContext(context: Context): void {
  if (context._entered) {
    throw new RuntimeError(
      `Cannot enter ${context}: it is entered already. Run the inner part in a copy: context.copy().run(…).`,
    );
  }
  context._entered = true;
}

/**
 * A copy of the current context, as it is here and now.
 *
 * @example Keep the context for later
 * ```ts
 * import { ContextVar, copyContext } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const user = new ContextVar("user", { default: "nobody" });
 * const token = user.set("ada");
 * const context = copyContext();
 * user.reset(token);
 * assertEquals(context.run(() => user.get()), "ada");
 * ```
 *
 * @category Context variables
 */
export function copyContext(): Context {
  const copy = new Context();
  copy._context = snapshotVars();
  return copy;
}
