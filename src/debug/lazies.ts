/**
 * Lazy awaitables that nobody awaits: what was written did not happen.
 *
 * Nearly all are awaited in the step that makes them. What is not at the end of a batch is watched from then on: until it is awaited, until it is collected, or
 * until its loop closes.
 *
 * @module
 */
import { AsyncCode } from "../core/async_code.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { current, runningLoops } from "../core/current.ts";
import { isCall, type Suspend } from "../core/suspend.ts";
import { BareWait, LazyObject, OVER, WAITING } from "../core/wait.ts";
import { describeCoroutine } from "../core/repr.ts";
import { runningLoop } from "../core/running.ts";
import { type Kinds, lineOf, notePlace, type Place, placeHere, placeOf } from "./places.ts";

/** A lazy awaitable of either make: an object of a class, or the call of a `coroutine()` function. */
type Lazy = { hasBegun(): boolean } & Partial<LazyObject<unknown>>;

/** One that nobody has awaited yet. It does not hold the awaitable itself. */
interface Waiting {
  readonly loop: BaseEventLoop;
  readonly message: string;
}

/** How many lazy awaitables are made before they are looked through. Fewer than the engines copy from one generation of their memory to the next. */
const MANY = 256;
/** What was made since the last batch has ended, and the loop on which it was. The lists keep their memory: most batches make one or two. */
const young: (Lazy | undefined)[] = emptyList();
/** Their places, which are theirs from then on only if nobody awaits them: a property more would make each of them slower. */
const places: (Place | undefined)[] = emptyList();
/** The names of those that do not know it themselves. */
const names: (string | undefined)[] = emptyList();
let count = 0;
let youngLoop: BaseEventLoop | null = null;

function emptyList(): undefined[] {
  return Array.from({ length: MANY }, () => undefined);
}

const waiting = new Set<Waiting>();

const registry = typeof FinalizationRegistry === "undefined" ? null : new FinalizationRegistry<Waiting>((one) => {
  if (waiting.delete(one)) report(one);
});

/** What each loop has been told: a line of a program makes the same mistake each time. */
const told = new WeakMap<BaseEventLoop, Set<string>>();

function report({ loop, message }: Waiting): void {
  let messages = told.get(loop);
  if (messages === undefined) told.set(loop, messages = new Set());
  if (messages.has(message)) return;
  messages.add(message);
  loop.logger.warn(message);
}

/** Lazy awaitables that a task steps: it is the task's to await them. */
const owned = new WeakSet<object>();

/** A lazy awaitable becomes the coroutine of a task. */
export function ownLazy(coroutine: object | null): void {
  if (coroutine === null || ownYoung(coroutine)) return;
  if ((coroutine as Partial<Lazy>).hasBegun?.() === false) owned.add(coroutine);
}

/** The same of one that has begun if it was not made just now, as it was most often; returns whether it was. */
export function ownYoung(coroutine: object): boolean {
  if (count === 0 || young[count - 1] !== coroutine) return false;
  young[--count] = places[count] = undefined;
  return true;
}

/** The loop for which callbacks of the host make what they make, if there is no doubt: as for an `await` of theirs. */
function onlyLoop(): unknown {
  const loops = runningLoops();
  return loops.length === 1 ? loops[0] : null;
}

/**
 * A lazy awaitable was made; returns where. One that is made outside of loops in debug mode is not looked at. `kinds` are those of what makes it, if
 * that makes many.
 */
export function noteLazy(lazy: object, name?: string, kinds?: Kinds): Place | null {
  const loop = (current.loop ?? runningLoop() ?? onlyLoop()) as BaseEventLoop | null;
  if (loop === null || !loop.getDebug()) return null;
  const place = placeHere(lazy, kinds, true);
  if (youngLoop !== loop || count === MANY) {
    watchYoung();
    youngLoop = loop;
  }
  young[count] = lazy as Lazy;
  places[count] = place;
  names[count++] = name;
  return place;
}

/** Watches what is not awaited so far. */
export function watchYoung(): void {
  const length = count;
  if (length === 0) return;
  let fresh = 0;
  for (let index = 0; index < length; index++) {
    const lazy = young[index] as Lazy;
    const place = places[index] as Place;
    young[index] = places[index] = undefined;
    // Most often it is over, and says so itself.
    if ((lazy as Partial<BareWait<unknown>>).phase === OVER) continue;
    if (lazy.hasBegun()) {
      // Who waits for it may be left behind, or make what is left open.
      if (!(lazy instanceof BareWait) || lazy.phase === WAITING) notePlace(lazy, place);
      continue;
    }
    young[fresh] = lazy;
    places[fresh] = place;
    names[fresh++] = names[index];
  }
  count = 0;
  if (fresh === 0) return;
  const all = [young.slice(0, fresh) as Lazy[], places.slice(0, fresh) as Place[], names.slice(0, fresh)] as const;
  young.fill(undefined, 0, fresh);
  places.fill(undefined, 0, fresh);
  watchAll(...all);
}

function watchAll(all: readonly Lazy[], places: readonly Place[], names: readonly (string | undefined)[]): void {
  for (const [index, lazy] of all.entries()) notePlace(lazy, places[index]);
  for (const [index, lazy] of all.entries()) {
    if (owned.has(lazy)) continue;
    // Of call(f) the call of f is a part.
    const next = all[index + 1];
    if (isCall(next) && lazy instanceof AsyncCode && placeOf(next)?.location === placeOf(lazy)?.location) {
      continue;
    }
    watch(lazy, youngLoop as BaseEventLoop, names[index] ?? nameOf(lazy));
  }
}

/** Where a lazy awaitable was made that may not be watched yet. */
export function lazyPlace(lazy: object): Place | undefined {
  return placeOf(lazy) ?? places[young.lastIndexOf(lazy as Lazy, count - 1)];
}

function watch(lazy: Lazy, loop: BaseEventLoop, name: string): void {
  const one: Waiting = {
    loop,
    message: `${name} was never awaited, so nothing of it was done. Write yield* before the call ` +
      `(await in an async function), or make a task of it, by createTask().${lineOf(placeOf(lazy))}`,
  };
  waiting.add(one);
  onBegin(lazy, () => void waiting.delete(one));
  registry?.register(lazy, one);
}

function nameOf(lazy: Lazy): string {
  if (lazy instanceof BareWait) return `${lazy.methodName()}()`;
  if (isCall(lazy)) return "call()";
  return describeCoroutine(lazy).replace(/^<(.*)>$/, "$1");
}

/** Calls back when a lazy awaitable is awaited after all. The callback must not hold it. */
function onBegin(lazy: Lazy, begins: () => void): void {
  if (!(lazy instanceof LazyObject)) {
    Object.defineProperty(lazy, "begun", {
      configurable: true,
      get: () => false,
      set(value: boolean) {
        Object.defineProperty(this, "begun", { configurable: true, writable: true, value });
        begins();
      },
    });
    return;
  }
  for (const method of ["next", "throw", "return"] as const) {
    Object.defineProperty(lazy, method, {
      configurable: true,
      value(this: LazyObject<unknown>, value: never): IteratorResult<Suspend, unknown> {
        for (const one of ["next", "throw", "return"] as const) delete (this as Partial<LazyObject<unknown>>)[one];
        begins();
        return this[method](value);
      },
    });
  }
}

/** Reports all that nobody has awaited when a loop closes: nobody will. */
export function reportLazies(loop: BaseEventLoop): void {
  watchYoung();
  youngLoop = null;
  for (const one of [...waiting]) {
    if (one.loop !== loop) continue;
    waiting.delete(one);
    report(one);
  }
}
