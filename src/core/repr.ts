/**
 * Readable forms of values, callables, coroutines and tasks, for `toString` and for messages. Nothing here is ever on the hot path.
 *
 * @module
 */
import type { AnyTask, CoroutineObject, Parkable, Stepper } from "./contract.ts";
import { innermostWait, isAsync, lookInto } from "./current.ts";
import { isOfUser, madeOutside, showsCallsOnly, takeFrames, wasPlaced } from "./error_frames.ts";

/** Longest form of a value inside another's description. */
const LIMIT = 80;

const UNDESCRIBED = "<object that cannot be described>";

/** Names of the functions that coroutines came from, by what their generators inherit from. */
const names = new WeakMap<object, string>();

/** Remembers the name of a generator function, so that its coroutines can be told apart. */
export function rememberName(makes: object | undefined, name: string): void {
  if (makes !== undefined && name !== "" && !names.has(makes)) names.set(makes, name);
}

/** V8 names a function without a name after the call that it is handed to, and an option of that call: `createTask.name`. */
const GUESSED = /(?:^|\.)(?:createTask|main|run|runVirtual|testLoop)\.\w+$/;

/** The name of a function in a stack; the empty string if it has none. */
export function nameInStack(name: string | undefined): string {
  return name === undefined || GUESSED.test(name) ? "" : name;
}

/** When something is due, in words: people know no clock of a loop. Takes milliseconds from now. */
export function describeDelay(delay: number): string {
  if (!(delay > 0)) return "now";
  if (delay === Infinity) return "never";
  if (delay < 999.5) return `in ${Math.ceil(delay)} ms`;
  if (delay < 59_950) return `in ${(delay / 1000).toFixed(1)} s`;
  const seconds = Math.round(delay / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `in ${minutes} min ${seconds % 60} s`;
  return `in ${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A short form of any value. */
export function describeValue(value: unknown): string {
  try {
    return shortForm(value);
  } catch {
    // A proxy of others may throw at any question.
    return UNDESCRIBED;
  }
}

function shortForm(value: unknown): string {
  if (typeof value === "string") return shorten(JSON.stringify(value));
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return describeCallable(value as (...args: never) => unknown);
  if (value instanceof Error) {
    return shorten(value.message === "" ? `${value.name}()` : `${value.name}(${JSON.stringify(value.message)})`);
  }
  if (Array.isArray(value)) return `[… ${value.length} items]`;
  if (typeof value === "object" && value !== null) {
    const { toString } = value;
    if (typeof toString === "function" && toString !== Object.prototype.toString) return shorten(ownDescription(value));
    const name = (Object.getPrototypeOf(value) as { constructor?: { name?: string } } | null)?.constructor?.name;
    return `<${name || "object"}>`;
  }
  return String(value);
}

/** The kind of a value, for messages that say what was given in place of what is wanted. */
export function describeKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "object") {
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    const name = (value as { constructor?: { name?: string } }).constructor?.name;
    return `a value of type ${tag === "Object" && name ? name : tag}`;
  }
  return `the ${typeof value} ${describeValue(value)}`;
}

/** A function with its name. */
export function describeCallable(callback: (...args: never) => unknown): string {
  return `${callback.name || "<anonymous>"}()`;
}

/** What has a name of its own: the call of a function, which may have made a coroutine, and of a method that waits. */
interface Named {
  readonly functionName: string;
  readonly made: object | null;
  methodName(): string;
}

/** A coroutine with its name, where that is known: a generator object does not tell. */
export function describeCoroutine(coroutine: object): string {
  const { functionName, made, methodName } = coroutine as Partial<Named>;
  const name = names.get(Object.getPrototypeOf(made ?? coroutine) as object) ?? functionName ??
    methodName?.call(coroutine);
  if (typeof name === "string") return `<${name.replace(/^<(.*?)(\(\))?>$/, "$1")}()>`;
  return `<${coroutine.constructor?.name || "coroutine"}>`;
}

/** Text with its control characters written out, as CPython's repr of a name: no name may write lines of a log, or command a terminal. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (one) => one === "\n" ? "\\n" : `\\u{${one.charCodeAt(0).toString(16)}}`);
}

/** A task in words, as CPython's repr: its state, its name, its coroutine, what it waits for in the end, and who is told when it is done. */
export function describeTask(task: AnyTask): string {
  const [state, ...rest] = task._describeState();
  const parts = ["Task", state === "pending" && task.cancelling() > 0 ? "cancelling" : state];
  parts.push(`name='${visible(task.getName())}'`, `coro=${describeRunning(task)}`);
  if (task._waiter !== null) parts.push(`wait_for=${describeWait(task._waiter)}`);
  return `<${[...parts, ...rest].join(" ")}>`;
}

/** What is waited for in the end: also through async functions, of which one may wait for several things, or for the host. */
export function describeWait(waiter: Parkable): string {
  const awaited = innermostWait(waiter) as Parkable;
  if (awaited._root !== undefined) return describeBriefly(awaited._root);
  if (!isAsync(awaited)) return ownDescription(awaited);
  const several: string[] = [];
  for (const { awaited: one, round } of awaited.awaits()) {
    if (one !== null && round === awaited.round) several.push(describeWait(one));
  }
  if (several.length > 3) several.splice(2, Infinity, `<${several.length - 2} more>`);
  return several.length === 0 ? `<promise in ${awaited}>` : several.join(" and ");
}

/** The coroutine of a task with the line where it waits, which is read off a stack: see `lookInto`. */
function describeRunning(task: AnyTask): string {
  const coroutine = task._call?.outermost() ?? task._coro;
  let stack = "";
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  lookInto(task, (seen) => {
    if (seen === coroutine) stack = String(new Error().stack);
  });
  Error.stackTraceLimit = stackTraceLimit;
  const above = stack.slice(0, Math.max(0, stack.indexOf("~look")));
  const outermost = [...above.matchAll(/at (?:(.*) \()?(?:file:\/\/)?([^()\n]+:\d+):\d+\)?$/gm)].at(-1);
  if (outermost === undefined) return describeCoroutine(coroutine);
  const [, found, place] = outermost;
  const name = nameInStack(found) || "<anonymous>";
  rememberName(Object.getPrototypeOf(coroutine.made ?? coroutine) as object, name);
  return describeCoroutine(coroutine).replace(/>$/, ` running at ${place}>`);
}

/**
 * The frames of a task, the oldest first, without those of the module: where its error was thrown if it has failed, where it runs, or where it
 * waits. Of a stack the newest are kept, of an error the oldest.
 */
export function stackOf(task: AnyTask, runs: boolean, limit: number): string[] {
  const { _value: error } = task;
  let frames: string[] = [];
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  if (task.done()) frames = error instanceof Error && !task.cancelled() ? framesIn(String(error.stack)) : [];
  else if (runs) frames = framesIn(String(new Error().stack));
  else lookInto(task, () => void frames.unshift(...framesIn(String(new Error().stack).split("~look")[0] as string)));
  Error.stackTraceLimit = stackTraceLimit;
  return task.done() ? frames.slice(0, limit) : frames.slice(Math.max(0, frames.length - limit));
}

/** The frames in the text of a stack, the oldest first. */
function framesIn(stack: string): string[] {
  return stack.split("\n").filter(isOfUser).map((line) => line.trim().slice("at ".length)).reverse();
}

/**
 * Makes an error that says what a task, or a part of one, waits for: it has the frames of the coroutine, as if it were thrown where that waits. `make`
 * gets words for what an async function waits for, whose frames cannot be had.
 */
export function errorWhereWaiting<E extends Error>(stepper: Stepper, make: (waits: string) => E): E {
  const { _waiter: waiter } = stepper;
  const error = madeOutside(make(isAsync(waiter) ? `; it waited for ${describeWait(waiter)}` : ""));
  let isOuter = false;
  lookInto(stepper, (coroutine, look) => {
    if (isOuter) return;
    isOuter = true;
    // What was looked from: an async function that was called by `call` has no frames itself.
    const leaf = coroutine === stepper._coro ? waiter : stepper._call;
    takeFrames(error, showsCallsOnly() ? look : (leaf as unknown as CoroutineObject<unknown>).next);
    wasPlaced(error);
  });
  return error;
}

/** A task in short, without what it waits for: chains are long. */
export function describeBriefly(task: AnyTask): string {
  return `<Task ${task.done() ? "done" : "pending"} name='${visible(task.getName())}'>`;
}

/**
 * Makes the consoles of Deno, Bun and Node print the instances of a class by their `toString()`, in place of all that is inside. Written as a static
 * field of the class: bundlers drop a class that nobody uses with its fields, and keep it for a statement beside it.
 */
export function printsAsText(made: { readonly prototype: object }): true {
  for (const host of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
    Object.defineProperty(made.prototype, Symbol.for(host), { value: inspected, writable: true, configurable: true });
  }
  return true;
}

function inspected(this: object): string {
  return this.toString === Object.prototype.toString ? describeCoroutine(this) : ownDescription(this);
}

/** What an object says of itself. That is code of others, and a description must never be what fails. */
export function ownDescription(value: object): string {
  try {
    return String(value);
  } catch {
    return UNDESCRIBED;
  }
}

function shorten(text: string): string {
  return text.length <= LIMIT ? text : `${text.slice(0, LIMIT - 1)}…`;
}
