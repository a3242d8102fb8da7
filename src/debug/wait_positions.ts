/**
 * Where tasks wait before and after a cancel: whether they can only have got there by a `catch` that has swallowed it.
 *
 * A `finally` and a `catch` that cleans up stand below what they belong to. So a coroutine that awaits further down may be cleaning up, and nobody can tell
 * from outside. One that awaits again where it was cancelled, or above, has gone on.
 *
 * @module
 */
import type { AnyTask, Parkable, Stepper } from "../core/contract.ts";
import { innermostWait, isAsync, lookInto } from "../core/current.ts";
import { waitsFor } from "../core/lazy_internal.ts";
import { nameInStack } from "../core/repr.ts";
import { Strand } from "../core/strand.ts";
import { outermostCoroutine } from "../core/wait_graph.ts";
import { type Frame, framesIn, frameText } from "./frames.ts";
import { showsCallsOnly } from "../core/error_frames.ts";
import { lazyPlace } from "./lazies.ts";
import type { Place } from "./places.ts";

/** Frames that are taken of a coroutine, with those of the module among them. */
const MOST_FRAMES = 60;
/** Async functions that are passed through. */
const DEEPEST = 20;

/** What is below this line of a stack called for the look, and is no part of the coroutine. */
const BELOW = /^.*~look.*$/m;

/** What is on top of the coroutine: the look itself, and the method of what is waited for. JavaScriptCore leaves some of that out. */
const LOOK = /\/(?:core|debug)\/\w+\.[jt]s$/;
const LEAF = /(?:^|\.)next$/;

/** A part of a task: a coroutine with all that it awaits by `yield*`, or an async function. */
interface Part {
  /** The outermost first. */
  readonly frames: readonly Frame[];
  /** Of an async function when what it awaits was made: the number of the place. */
  readonly made: number | null;
}

/** What is known of a part before its frames are asked for. The text of a stack takes hundreds of times as long as the stack. */
type Look = { readonly stacks: readonly Error[] } | {
  readonly place: Place;
  readonly made: number;
  readonly functionName: string;
  readonly isPlain: boolean;
};

/** Where a task waits: looked at when it is made, and put in words when it is asked. */
export class WaitPosition {
  /** What it waits for in the end. */
  readonly waiter: Parkable;
  readonly #looks: Look[] = [];
  #isComplete = false;
  #parts: Part[] | null = null;

  constructor(task: AnyTask, waiter: Parkable) {
    this.waiter = waiter;
    let stepper: Stepper = task;
    for (let depth = 0; depth < DEEPEST; depth++) {
      this.#looks.push({ stacks: stacksOf(stepper) });
      const code: Parkable | null = waitsFor(stepper);
      if (!isAsync(code)) {
        this.#isComplete = true;
        return;
      }
      const only = code.onlyAwait();
      const place = only instanceof Strand ? lazyPlace(outermostCoroutine(only)) : undefined;
      const made = place?.number ?? null;
      if (place === undefined || made === null) return;
      const { functionName = "", source } = code as { readonly functionName?: string; readonly source?: object };
      const isPlain = Object.prototype.toString.call(source) === "[object Function]";
      this.#looks.push({ place, made, functionName, isPlain });
      stepper = only as Strand;
    }
  }

  /** The outermost first. */
  get parts(): readonly Part[] {
    if (this.#parts !== null) return this.#parts;
    const parts: Part[] = this.#parts = [];
    for (const look of this.#looks.splice(0)) {
      if ("stacks" in look) {
        const frames = framesOf(look.stacks);
        if (frames.length > 0) parts.push({ frames, made: null });
        continue;
      }
      const part = asyncPart(look);
      if (part === null) {
        this.#isComplete = false;
        break;
      }
      parts.push(part);
    }
    return parts;
  }

  /** Whether no part is missing: where an async function waits is not always known. */
  get isComplete(): boolean {
    return this.parts.length > 0 && this.#isComplete;
  }
}

/** Where a task waits; null if it does not. */
export function waitPosition(task: AnyTask): WaitPosition | null {
  const waiter = innermostWait(waitsFor(task));
  return waiter === null ? null : new WaitPosition(task, waiter);
}

/** The stacks of each coroutine of a task, or of a part of one, that awaits another by `call`, the running one first. */
function stacksOf(stepper: Stepper): Error[] {
  const stacks: Error[] = [];
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = MOST_FRAMES;
  try {
    lookInto(stepper, () => void stacks.push(new Error()));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return stacks;
}

function framesOf(stacks: readonly Error[]): Frame[] {
  const frames = stacks.flatMap(({ stack }) => framesIn(String(stack).split(BELOW)[0] as string));
  const first = frames.findIndex(({ isOwn, name, file }) => !isOwn || !(LEAF.test(name) || LOOK.test(file)));
  return frames.slice(first).reverse();
}

/** The part of an async function, as far as it is surely known: what it awaits was made in it, and not by what it has called. */
function asyncPart({ place, made, functionName, isPlain }: Exclude<Look, { stacks: unknown }>): Part | null {
  const frames = framesIn(place.frames.map((frame) => `at ${frame}`).join("\n")).reverse();
  if (frames.length === 0) return null;
  const isItself = nameOf(frames[0]!) === functionName.replace("<anonymous>", "");
  // Where engines leave out who awaits, it may be the same place of a function that was called twice.
  if (!isItself && (!isPlain || showsCallsOnly())) return null;
  // A plain function is over when what it has called waits for the second time.
  if (isPlain && isItself && frames.length > 1) frames.shift();
  return { frames, made };
}

function nameOf({ name }: Frame): string {
  return nameInStack(name.replace(/^async |<anonymous>$/g, ""));
}

/** The line where a task waits; the empty string if it is not known. */
export function positionText(position: WaitPosition | null): string {
  const frame = position?.parts.at(-1)?.frames.findLast(({ isOwn }) => !isOwn);
  return frame === undefined ? "" : frameText(frame);
}

/**
 * Whether a task that waited at one position, and then got a CancelledError, can only be at the other one because it was caught.
 *
 * @param since how many places there were when it was cancelled
 */
export function hasGoneOn(before: WaitPosition, after: WaitPosition, since: number): boolean {
  for (const [index, part] of before.parts.entries()) {
    const other = after.parts[index];
    if (other === undefined || (part.made === null) !== (other.made === null)) return false;
    // It still awaits the same, or what it has made since then.
    if (other.made !== part.made && (other.made as number) <= since) return false;
    const order = compare(part.frames, other.frames);
    // Of an async function the place is known where it has made what it awaits, and that may be elsewhere.
    if (order === "above" && other.made === null) return true;
    if (order !== "same") return false;
  }
  // What the module itself awaits twice, such as a group for its tasks, it does in cleanup.
  const innermost = before.parts.at(-1)?.frames.at(-1);
  const isWhole = before.isComplete && after.isComplete && before.parts.length === after.parts.length;
  return isWhole && innermost !== undefined && !innermost.isOwn;
}

function compare(before: readonly Frame[], after: readonly Frame[]): "same" | "above" | "elsewhere" {
  for (const [index, frame] of before.entries()) {
    const other = after[index];
    if (other === undefined) return "elsewhere";
    if (frame.location === other.location) continue;
    const isAbove = !frame.isOwn && nameOf(frame) === nameOf(other) && frame.file === other.file &&
      (other.line < frame.line || (other.line === frame.line && other.column < frame.column));
    return isAbove ? "above" : "elsewhere";
  }
  return before.length === after.length ? "same" : "elsewhere";
}
