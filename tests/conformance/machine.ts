/**
 * The state of one program while it runs: its names, its trace, and the coroutines that its blocks are.
 *
 * @module
 */
import {
  type BaseEventLoop,
  type ContextVar,
  type Coroutine,
  coroutine as lazily,
  currentTask,
  type Future,
  type LazyAwaitable,
  type Task,
} from "../../mod.ts";
import { makeObjects, type Primitive } from "./objects.ts";
import type { Entry, Program, Spec, Statement } from "./program.ts";
import { operations } from "./statements/all.ts";
import { show, showError, StepLimit } from "./values.ts";

const STEP_LIMIT = 20_000;
const TRACE_LIMIT = 2_000;

/** What a block gives back when a `return` statement ended it. */
export class Return {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** What a block gives back when a `reraise` statement ended it. */
export const RERAISE: unique symbol = Symbol("reraise");

/** How a block ended: by itself, or by one of the two statements that leave it. */
export type Ended = Return | typeof RERAISE | undefined;

/** What a statement does: at once, or as a coroutine if it awaits something or holds blocks. */
export type Operation = (machine: Machine, ...args: never[]) => Coroutine<Ended> | Ended | void;

/** The operations of one area, by the names of their statements. */
export type Operations = Readonly<Record<string, Operation>>;

/** Something that can be cancelled and needs no other trait: a handle. */
export interface Cancellable {
  cancel(): unknown;
}

/** What becomes a task: a coroutine, or an async function that is not called yet. */
export type Source = Coroutine<unknown> | (() => Promise<unknown>);

/** Makes the coroutines of a program for a machine, by their names. */
export type Form = (machine: Machine, program: Program) => (name: string) => Source;

/** The form in which a machine interprets each statement when it comes to it. */
export const interpreted: Form = (machine) => (name) => machine.interpret(name);

const NAMES_A_VARIABLE = new Set([
  "await",
  "cancel",
  "uncancel",
  "cancelling",
  "set_result",
  "set_exception",
  "state",
  "result",
  "exception",
  "add_callback",
  "remove_callback",
  "cancel_handle",
]);
const NAMES_A_SCOPE = new Set(["reschedule", "group_spawn", "group_cancel"]);

/** Runs the statements of one program. */
export class Machine {
  readonly loop: BaseEventLoop;
  readonly objects: ReadonlyMap<string, Primitive>;
  readonly contextVariables: ReadonlyMap<string, ContextVar<number>>;
  /** Deadlines and task groups by the names that the program gave them. */
  readonly scopes = new Map<string, unknown>();
  readonly trace: Entry[] = [];
  readonly handles = new Map<string, Cancellable>();
  /** Errors as they were thrown, for those who look for a fault with `--verbose`. */
  readonly errors: unknown[] = [];
  limited = false;
  readonly #program: Program;
  readonly #futures = new Map<string, Future<unknown>>();
  readonly #bodies = new Map<unknown, string>();
  readonly #callbacks = new Map<string, (future: Future<unknown>) => void>();
  readonly #source: (name: string) => Source;
  #steps = 0;

  constructor(loop: BaseEventLoop, program: Program, form: Form = interpreted) {
    this.loop = loop;
    this.#program = program;
    this.#source = form(this, program);
    const made = makeObjects(loop, program);
    this.objects = made.objects;
    this.contextVariables = made.contextVariables;
  }

  /** Adds an entry to the trace. */
  log(text: string): void {
    if (this.trace.length >= TRACE_LIMIT) {
      this.limited = true;
      throw new StepLimit("The trace grows without end");
    }
    this.trace.push([Math.trunc(this.loop.time()), text]);
  }

  /** Adds an entry that begins with the running task's name. */
  say(text: string): void {
    this.log(`${this.me()}: ${text}`);
  }

  /** The running task: the variable that holds it, or else the first coroutine that it ran. */
  me(): string {
    const task = currentTask();
    const name = task?.getName() ?? "";
    return this.isBound(name) ? name : "~" + this.#bodies.get(task);
  }

  /** Gives a future or a task a name; a name that is bound again moves to the end. */
  bind(name: string, future: Future<unknown>): void {
    this.handles.delete(name);
    this.#futures.delete(name);
    this.#futures.set(name, future);
  }

  /** Whether the name is a future, a task or a handle. */
  isBound(name: string): boolean {
    return this.#futures.has(name) || this.handles.has(name);
  }

  /** The future or task of a bound name. */
  future(name: string): Future<unknown> {
    const future = this.#futures.get(name);
    // A handle has few of a future's methods: what it lacks is misuse, as in CPython.
    return future ?? this.handles.get(name) as Future<unknown>;
  }

  /** The task of a bound name. A plain future in its place makes what only tasks have fail as misuse. */
  task(name: string): Task<unknown> {
    return this.future(name) as Task<unknown>;
  }

  /** All bound futures and tasks in the order of their binding. */
  bound(): ReadonlyMap<string, Future<unknown>> {
    return this.#futures;
  }

  /** What became of a future. */
  state(future: Future<unknown>): string {
    if (!future.done()) return "pending";
    if (future.cancelled()) return "cancelled";
    const error = future.exception();
    return error ? `raised ${showError(error)}` : `done ${show(future.result())}`;
  }

  /** The one callback of a label. */
  callback(label: string): (future: Future<unknown>) => void {
    let callback = this.#callbacks.get(label);
    if (callback === undefined) {
      callback = (future) => this.log(`callback ${label}: ${this.state(future)}`);
      this.#callbacks.set(label, callback);
    }
    return callback;
  }

  /** Whether the spec names something: a coroutine always exists. */
  exists([kind, name]: Spec): boolean {
    return kind === "coro" || this.isBound(name);
  }

  /** The bound future, or a new coroutine, which an async function becomes by `coroutine()`. */
  awaitable([kind, name]: Spec): Coroutine<unknown> | LazyAwaitable<unknown> | Future<unknown> {
    if (kind === "var") return this.future(name);
    const source = this.source(name);
    return typeof source === "function" ? lazily(source)() : source;
  }

  /** All that exist. */
  awaitables(specs: readonly Spec[]): (Coroutine<unknown> | LazyAwaitable<unknown> | Future<unknown>)[] {
    return specs.filter((spec) => this.exists(spec)).map((spec) => this.awaitable(spec));
  }

  /** A coroutine of the program for a task of its own; it returns what its `return` statement gave. */
  source(name: string): Source {
    return this.#source(name);
  }

  /** Notes that the current task runs the coroutine of that name, if it is its first. */
  begin(name: string): void {
    const task = currentTask();
    if (!this.#bodies.has(task)) this.#bodies.set(task, name);
  }

  /** A coroutine of the program, interpreted. */
  *interpret(name: string): Coroutine<unknown> {
    this.begin(name);
    const ended = yield* this.block(this.#program.coroutines[name] ?? []);
    return ended instanceof Return ? ended.value : null;
  }

  /** Runs statements, none of which has a scheduling point of its own. */
  *block(statements: readonly Statement[]): Coroutine<Ended> {
    for (const [name, ...args] of statements) {
      if (!this.runs(name, args[0])) continue;
      const operation = operations[name] as
        | ((machine: Machine, ...args: unknown[]) => ReturnType<Operation>)
        | undefined;
      if (operation === undefined) throw new StepLimit(`There is no statement ${name}`);
      const made = operation(this, ...args);
      const ended = isCoroutine(made) ? yield* made : made;
      if (ended !== undefined) return ended;
    }
    return undefined;
  }

  /** Counts a statement; whether it runs, which it does not if its first argument names what is not there. */
  runs(operation: string, name?: unknown): boolean {
    this.#steps++;
    if (this.limited || this.#steps > STEP_LIMIT) {
      this.limited = true;
      throw new StepLimit("The program runs without end");
    }
    if (NAMES_A_VARIABLE.has(operation)) return this.isBound(String(name));
    return !NAMES_A_SCOPE.has(operation) || this.scopes.has(String(name));
  }
}

function isCoroutine(made: ReturnType<Operation>): made is Coroutine<Ended> {
  return typeof made === "object" && !(made instanceof Return);
}
