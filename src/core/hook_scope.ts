/**
 * Where the methods of instruments run, and what they start.
 *
 * @module
 */
import { Context, NO_VARS, ScopedVars, snapshotVars, type TaskScope } from "./context.ts";
import type { AnyCode, AnyTask, ContextOwner, Loop, Vars } from "./contract.ts";
import { current } from "./current.ts";
import { canMark, captureFrame, runInFrame } from "./current_code.ts";

/**
 * What the methods of a loop's instruments start is known by its context, which goes wherever they hand it on: to tasks, and to what those start, and
 * to callbacks. No instrument is told of it: one that waits for a while whenever it hears of something would never come to an end.
 */
export class HookScope implements TaskScope, ContextOwner {
  readonly #loop: Loop;
  readonly #tasks = new WeakSet<AnyTask>();
  #owner: ContextOwner | null = null;
  #code: AnyCode | null = null;
  #vars: ContextOwner["_context"] | null = null;

  constructor(loop: Loop) {
    this.#loop = loop;
    // From now on contexts are looked at.
    this.#vars = new ScopedVars(NO_VARS, this);
  }

  /** A method is about to be called. Its variables are those of here, but it belongs to no task. */
  enter(): void {
    this.#owner = current.owner;
    this.#code = current.code;
    this.#vars = null;
    current.owner = this;
    current.code = null;
  }

  /** It has returned. */
  leave(): void {
    current.owner = this.#owner;
    current.code = this.#code;
  }

  /** Made when something asks for it, which few methods do. */
  get _context(): ContextOwner["_context"] {
    return this.#vars ??= this.#scoped();
  }

  set _context(vars: ContextOwner["_context"]) {
    this.#vars = vars;
  }

  #scoped(): Vars {
    current.owner = this.#owner;
    const vars = snapshotVars();
    current.owner = this;
    return new ScopedVars(vars, this);
  }

  /** Calls a method that goes on when it has returned, since it is an async function: what it does later is known by a mark. */
  callAsync(call: () => unknown): unknown {
    if (!canMark()) return call();
    const owner: ContextOwner = { _context: this._context };
    // The same before and after its first `await`.
    current.owner = owner;
    return runInFrame(captureFrame(), { task: null, leftLoop: this.#loop, owner } as unknown as AnyCode, call);
  }

  /** A task is made by a method, or by what one has started. When the program ends it is cancelled as all others are, and not waited for. */
  adopt(task: AnyTask): void {
    this.hide(task);
    queueMicrotask(() => void this.#loop._loose.delete(task));
  }

  /** No instrument is told of a task. */
  hide(task: AnyTask): void {
    this.#tasks.add(task);
  }

  /** Whether no instrument is told of a task. */
  has(task: AnyTask): boolean {
    return this.#tasks.has(task);
  }

  /** Whether what runs in a context was started so. */
  isIn(context: unknown): boolean {
    const vars = context instanceof Context ? context._context : context;
    return vars instanceof ScopedVars && vars.scope === this;
  }
}
