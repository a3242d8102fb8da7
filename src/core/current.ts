/**
 * What is running right now, and what waits for what. The loop is single threaded, so one record serves all loops of the process.
 *
 * The record is only valid inside a turn. What an async function does after its `await` runs between
 * turns; there the async storage says whose it is, see `current_code.ts`.
 *
 * @module
 */
import type { CoreAdapter } from "../adapters/adapter.ts";
import type {
  AnyAwait,
  AnyCode,
  AnyFuture,
  AnyTask,
  ContextOwner,
  CoroutineObject,
  Loop,
  LoopObserver,
  Parkable,
  Runnable,
  Stepper,
} from "./contract.ts";
import type { Ring } from "./lists.ts";
import { generatorNext, type Suspend, SUSPENDED } from "./suspend.ts";

/** The record. */
export interface Current {
  /** The loop whose turn it is, or null between turns. */
  loop: Loop | null;
  /**
   * What that loop has to run, or null between turns. Its first entry is what runs: nothing has to be noted at a switch for
   * `running.ts` to find the task, and `context.ts` the context. A note would be a young object in an old one, and a sixth of what a switch costs.
   */
  entries: Ring<Runnable> | null;
  /** What is stepped inside of another entry, or is that entry and a part of a task; else null. */
  stepper: Stepper | null;
  /** The async function that is being called in this step: what it does up to its first `await` is its own; else null. */
  code: AnyCode | null;
  /** Whose context variables are seen where that is not the entry itself; else null. */
  owner: ContextOwner | null;
  /** What the innermost `yield*` has just parked on, until the task takes it. */
  parked: Parkable | null;
  /** What to call back where a coroutine waits, while somebody looks into it, see `lookInto`; else null. */
  look: (() => IteratorResult<Suspend, never>) | null;
}

/** The one record. */
export const current: Current = {
  loop: null,
  entries: null,
  stepper: null,
  code: null,
  owner: null,
  parked: null,
  look: null,
};

/**
 * What a task parks on to be run again in the next iteration: nothing, so the task schedules itself. It knows this
 * object, which saves the most frequent suspension a call that many kinds of awaitables share.
 */
export const NEXT_ITERATION: Parkable = {
  _park: (stepper) => stepper._loop._schedule(stepper),
  cancel: () => false,
  _endedCancelled: () => false,
};

/** What debug mode does with what is reported to it; `src/debug/` has it. */
export interface DebugHooks {
  /** A task, a future or a handle was made on a loop in debug mode. */
  made(made: object, place?: Error): void;
  /** Something was made that is to be closed, and that no loop owns. */
  opened(made: object, whatToDo: () => string | null): void;
  /** A lazy awaitable was made. */
  lazyMade(lazy: object, name?: string): void;
  /** There is a class with methods that debug mode replaces. */
  hotMethods(methods: HotMethods): void;
  /** The time of a loop, which is asked for after each entry. */
  time(loop: TimedLoop): number;
  /** A loop in debug mode has run a batch. */
  batchEnded(loop: Loop): void;
  /** Where something was made, as a line to put behind a message; empty if it is not known. */
  madeAt(made: object): string;
  /** The same of what an error is about, so that nothing else is said of it. */
  refused(made: object): string;
  /** An error has left a task of a loop in debug mode. */
  raised(error: unknown, task: AnyTask): void;
  /** An error has taken other frames. */
  placed(error: Error): void;
  /** An `await` is about to be rejected: of a coroutine, or of a future, which is null. */
  rejected(error: unknown, coroutine: object | null): void;
  /** An error of misuse is thrown into a coroutine. */
  misused(coro: CoroutineObject<unknown>, error: Error): IteratorResult<Suspend, unknown>;
  /** The body of a deadline has returned, and its task, or part of one, is still in the middle of the cancel that was to end it. */
  outlived(stepper: Stepper): void;
  /** A future of a loop in debug mode has failed, and nobody has read that in the same turn. */
  unread(loop: Loop, future: object): void;
}

/** A loop whose entries are measured. */
export interface TimedLoop {
  readonly _adapter: CoreAdapter;
  readonly slowCallbackDuration: number;
  /** The observer that each entry is reported to. */
  readonly _observer: LoopObserver | null;
}

/** Methods that make a lazy awaitable, and make it too often to look each time whether debug mode wants to hear of it: it replaces them. */
export interface HotMethods {
  readonly of: { readonly name: string; readonly prototype: object };
  readonly names: readonly string[];
}

/** Debug mode, once a loop has it. */
export const debugging: {
  /** What was loaded for it; null while no loop is in debug mode, or it is not loaded yet. */
  hooks: DebugHooks | null;
  /** What was made while it is loaded, with the places; null at all other times. */
  early: [made: object, place: Error][] | null;
  /** Of the classes of which there is an object: debug mode imports none of them. */
  readonly hot: HotMethods[];
  /** Whether a call is meant for a loop that need not be the running one. */
  isThreadsafe: boolean;
  /** Whether each thing that is made has a place of its own, and not one of many of its kind. */
  keepsStacks: boolean;
} = { hooks: null, early: null, hot: [], isThreadsafe: false, keepsStacks: false };

/** Notes such methods, when the first object of the class is made. */
export function noteHotMethods(of: HotMethods["of"], ...names: readonly string[]): true {
  const methods = { of, names };
  debugging.hot.push(methods);
  debugging.hooks?.hotMethods(methods);
  return true;
}

/** Reports to debug mode a lazy awaitable that does not report itself: the call of a `coroutine()` function. Returns it. */
export function noted<T extends object>(lazy: T, name?: string): T {
  if (debugging.hooks !== null) debugging.hooks.lazyMade(lazy, name);
  return lazy;
}

/** Tells debug mode that something was made here, or at an earlier place. */
export function noteMade(made: object, place?: Error): void {
  if (debugging.hooks !== null) debugging.hooks.made(made, place);
  else debugging.early?.push([made, place ?? new Error()]);
}

/**
 * Tells debug mode of something that is to be closed, and that no loop owns. When the loop closes that runs here, it reports what is open still: then
 * `whatToDo` returns words for that.
 */
export function noteOpened(made: object, whatToDo: () => string | null): void {
  if (debugging.hooks !== null) debugging.hooks.opened(made, whatToDo);
}

/** As a WeakRef has it. */
interface LoopRef {
  deref(): Loop | undefined;
}

/** Held weakly where that is to be had: a simulated loop that waits for nothing any more is left as it is, and nobody else knows it. */
const loops = new Set<LoopRef>();

/**
 * Notes a loop that runs in this thread, or that goes on soon to end what is left in it; returns what ends that. A loop may be noted more than
 * once.
 */
export function noteRunning(loop: Loop): () => void {
  const ref: LoopRef = globalThis.WeakRef === undefined ? { deref: () => loop } : new WeakRef(loop);
  loops.add(ref);
  return () => void loops.delete(ref);
}

/** The loops that run in this thread. */
export function runningLoops(): Loop[] {
  const running: Loop[] = [];
  for (const ref of loops) {
    const loop = ref.deref();
    if (loop === undefined) loops.delete(ref);
    else if (!running.includes(loop)) running.push(loop);
  }
  return running;
}

/** Whether what is waited for is async code, which may wait for several things in turn. */
export function isAsync(waiter: Parkable | null): waiter is AnyCode {
  return waiter !== null && waiter["~async"] === true;
}

/**
 * The last of the awaits between a task and what it waits for in the end: async code that awaits one thing is passed through. Null if there
 * is none.
 */
export function lastAwait(waiter: Parkable | null): AnyAwait | null {
  let last: AnyAwait | null = null;
  for (let inner = waiter; isAsync(inner);) {
    const only: AnyAwait | null = inner.onlyAwait();
    if (only === null || only.awaited === null) break;
    last = only;
    inner = only.awaited;
  }
  return last;
}

/** What is waited for in the end. That is async code if the code waits for the host, or for several things. */
export function innermostWait(waiter: Parkable | null): Parkable | null {
  return lastAwait(waiter)?.awaited ?? waiter;
}

/** Whether what is waited for leads back to a task, by whichever of several awaits. */
export function leadsTo(awaited: Parkable | null, task: AnyTask): boolean {
  const seen = new Set<Parkable>();
  const left = [awaited];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next === null || seen.has(next)) continue;
    if (next._root === task) return true;
    seen.add(next);
    if (isAsync(next)) left.push(...next.awaits().map(({ awaited }) => awaited));
    else if (next._root !== undefined) left.push(next._root._waiter);
  }
  return false;
}

/**
 * Calls back inside the frames of a coroutine that waits, so that a stack taken there is the stack of the coroutine; and of those that run it by
 * `call`, the innermost first. A suspended generator has no stack. But what it waits for runs inside all of its frames while it is resumed, and
 * decides what comes of that: for a look it says that it still waits, and every generator is suspended again where it was. None of their code runs.
 * Nobody is called back for a task that runs, or is about to, nor for one that is no generator. `seen` gets the function below which
 * the frames are those of the coroutine, and of what it waits for.
 */
export function lookInto(stepper: Stepper, seen: (coroutine: object, look: () => unknown) => void): void {
  const { _waiter: waiter } = stepper;
  // A future that is done would let the coroutine go on.
  if (waiter === null || ((waiter as Partial<AnyFuture>)._state ?? 0) !== 0) return;
  for (const coro of [stepper._coro, ...stepper._call?.callers(50) ?? []]) {
    const generator = coro.made ?? coro;
    if (generator.next === generatorNext) looking["~look"](generator, waiter, (look) => seen(coro, look));
  }
}

/** The name under which it stands in stacks, also in what a minifier has made: what is below is not of the coroutine. */
const looking = {
  "~look"(generator: CoroutineObject<unknown>, waiter: Parkable, seen: (look: () => unknown) => void): void {
    const { look, parked } = current;
    const looks = current.look = () => {
      seen(looks);
      return SUSPENDED;
    };
    current.parked = waiter;
    try {
      generator.next();
    } finally {
      current.look = look;
      current.parked = parked;
    }
  },
};
