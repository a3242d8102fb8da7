/**
 * What the code that runs just now belongs to: its loop, its task, its strand. What runs in a step is in the record of `current.ts`; what an async
 * function does after its `await` is found by the marks of the host's async storage.
 *
 * `running.ts` has the same for those who know the classes.
 *
 * @module
 */
import type { CoreAdapter } from "../adapters/adapter.ts";
import type { AsyncFrame as Frame, AsyncMarks, AsyncSnapshot as Snapshot } from "../adapters/async_marks.ts";
import type { AnyCode, AnyTask, ContextOwner, Loop, Stepper } from "./contract.ts";
import { current, runningLoops } from "./current.ts";
import { NotSupportedError, RuntimeError } from "./errors.ts";

export type { Frame, Snapshot };

let marks: AsyncMarks<AnyCode> | null = null;

/** Finds the adapter that is asked for marks. */
let findHost: (() => CoreAdapter) | null = null;

/**
 * Says which adapter is asked for marks when they are first needed, which may be before there is a loop. The first call counts: there is one
 * host, whatever adapters the loops have.
 */
export function askForMarks(find: () => CoreAdapter): void {
  findHost ??= find;
}

/** Whether a runtime's variable `ASYNCIO_DEBUG` asks for debug mode. */
export function asksForDebug(adapter: CoreAdapter | undefined): boolean {
  const value = adapter?.readVariable?.("ASYNCIO_DEBUG") ?? "";
  return value !== "" && value !== "0";
}

let asked: boolean | null = null;

/** The same of the runtime that the program runs on, as it is when it is first asked. */
export function environmentAsks(): boolean {
  return asked ??= asksForDebug(findHost?.());
}

function makeMarks(): AsyncMarks<AnyCode> {
  try {
    return findHost?.().marks?.() ?? new NoMarks();
  } catch (error) {
    if (!(error instanceof NotSupportedError)) throw error;
    return new NoMarks();
  }
}

/**
 * Loads it before it is needed, if this runtime has it. The host may run microtasks while it loads a module. In a callback of the host
 * that could be the loop's turn, in the middle of what a request has begun. In a turn, or before the loop runs, it cannot.
 */
export function prepareStorage(): void {
  if (marks !== null) return;
  marks = makeMarks();
  // From now on a turn may begin in the frame of some code, and needs one that is of none.
  for (const loop of runningLoops()) loop._frame ??= marks.capture();
}

/** Whether the rest of an async function can be found again on this runtime. */
export function canMark(): boolean {
  marks ??= makeMarks();
  return !(marks instanceof NoMarks);
}

/** The values of every AsyncLocalStorage as they are here, for a function that is called later. */
export function captureFrame(): Frame {
  if (marks === null) prepareStorage();
  return marks?.capture();
}

/** The same, if there has been an async function: what a loop that starts takes for the frame of no code. */
export function captureKnownFrame(): Frame | null {
  return marks === null ? null : marks.capture();
}

/** Calls a function with the values of a frame. What follows from it belongs to `code`, or to none. */
export function runInFrame<R>(frame: Frame, code: AnyCode | undefined, callback: () => R): R {
  marks ??= makeMarks();
  return marks.runIn(frame, code, callback);
}

/** Calls a function with the values that are here. What follows from it belongs to `code`, or to none. */
export function runHere<R>(code: AnyCode | undefined, callback: () => R): R {
  marks ??= makeMarks();
  return marks.run(code, callback);
}

/** Calls a function that belongs to no code, with the values of a frame if there is one. */
export function runUnmarked<R>(frame: Frame | null, callback: () => R): R {
  marks ??= makeMarks();
  return frame === null ? marks.run(undefined, callback) : marks.runIn(frame, undefined, callback);
}

/** The async code that runs here, unless it has ended. In its first step its caller has noted it; later its mark tells. */
export function currentCode(): AnyCode | null {
  if (current.loop !== null) return current.code;
  return markedCode();
}

/** The async code that goes on here after an `await`, unless it has ended. */
export function markedCode(): AnyCode | null {
  const code = marks?.get();
  return code === undefined || code.task === null ? null : code;
}

/** Whose context variables that code sees: those of its task, or of what it stands for. */
export function markedOwner(): ContextOwner | null {
  const code = marks?.get();
  return code?.task ?? code?.owner ?? null;
}

/** The loop that the async code here belongs to, even if the code has ended: what it has left behind goes on. */
export function markedLoop(): Loop | null {
  const code = marks?.get();
  if (code === undefined) return null;
  if (code.task !== null) return code.task._loop;
  return code.leftLoop !== null && runningLoops().includes(code.leftLoop) ? code.leftLoop : null;
}

/** Whether there is a mark here, which a turn that begins here must take off. */
export function hasForeignMark(): boolean {
  return marks !== null && marks.get() !== undefined;
}

/** Takes a snapshot of every AsyncLocalStorage of the program, without the mark: that is not for another task. */
export function takeSnapshot(): Snapshot {
  return hasForeignMark() ? runUnmarked(null, takeMarkedSnapshot) : takeMarkedSnapshot();
}

/** The same with the mark, for what runs in the task that it stands for. */
export function takeMarkedSnapshot(): Snapshot {
  marks ??= makeMarks();
  return marks.snapshot();
}

/** Where the host cannot follow an async function, as in a browser: calls functions without a mark. It refuses async ones: nothing would tell to which task they belong after an `await`. */
export class NoMarks<M> implements AsyncMarks<M> {
  run<R>(mark: M | undefined, callback: () => R): R {
    if (mark === undefined) return callback();
    if (Object.prototype.toString.call(callback) === "[object AsyncFunction]") throw refused();
    const made = callback();
    if (made instanceof Promise) throw refused();
    return made;
  }

  capture(): Frame {
    return undefined;
  }

  runIn<R>(_frame: Frame, mark: M | undefined, callback: () => R): R {
    return this.run(mark, callback);
  }

  get(): undefined {
    return undefined;
  }

  snapshot(): Snapshot {
    return (callback) => callback();
  }
}

function refused(): NotSupportedError {
  return new NotSupportedError(
    "Cannot run an async function as a task: this runtime has no AsyncLocalStorage. Write it as a generator function.",
  );
}

/** The loop that runs this code, or null. */
export function runningLoop(): Loop | null {
  return current.loop ?? markedLoop();
}

/** The loop that runs this code, or else the only one that runs in this thread: what belongs to no task may join it. */
export function loopToJoin(): Loop {
  const loop = runningLoop();
  if (loop !== null) return loop;
  const running = runningLoops();
  const [only] = running;
  if (only !== undefined && running.length === 1) return only;
  throw new RuntimeError(
    only === undefined
      ? "Cannot await this: no event loop is running here. Await it in a coroutine or an async function that " +
        `run() or createTask() started, with yield* or await. ${IN_HONO}`
      : `Cannot await this: it belongs to no task, and ${running.length} event loops run here: ${
        running.slice(0, 3).join(", ")
      }${
        running.length > 3 ? ", …" : ""
      }. Await it in a coroutine or an async function that one of them runs, or start it there with createTask().`,
  );
}

/** What is stepped right now, a task or a strand of one; null in plain callbacks and between turns. */
function steppedNow(): Stepper | null {
  if (current.stepper !== null) return current.stepper;
  const entry = current.entries?.first();
  return entry?._root === undefined ? null : entry as Stepper;
}

/** The task whose step this is; null in plain callbacks and between turns. */
export function steppedTask(): AnyTask | null {
  if (current.stepper !== null) return current.stepper._root;
  return current.entries?.first()?._root ?? null;
}

/** The task that this code is part of, or null. */
export function runningTask(): AnyTask | null {
  return current.loop !== null ? steppedTask() : markedCode()?.task ?? null;
}

/** What this code is a part of, a task or a strand of one: what a scope that is entered here cancels. */
export function currentStepper(): Stepper | null {
  return current.loop !== null ? steppedNow() : markedCode()?.stepper ?? null;
}

/** What to do where neither run() nor serve() calls the code: in `app.request()`, or a server of the host's. */
export const IN_HONO = "In a handler of a Hono app that serve() does not call, write app.use(middleware()) before it.";

/** The loop that runs this code. */
export function requireLoop(what: string): Loop {
  const loop = runningLoop();
  if (loop === null) {
    throw new RuntimeError(
      `Cannot ${what}: no event loop is running here. Call it from a coroutine, callback or async function that run() started. ${IN_HONO}`,
    );
  }
  return loop;
}

/** The task that this code is part of. */
function requireTask(what: string): AnyTask {
  const task = runningTask();
  if (task === null) {
    throw new RuntimeError(`Cannot ${what} outside a task. Call it in a coroutine that run() or createTask() started.`);
  }
  return task;
}

/** What a scope cancels that is entered here. */
export function requireStepper(what: string): Stepper {
  requireTask(what);
  return currentStepper() as Stepper;
}

/** The loop that `setEventLoop()` made the current one. */
let chosen: Loop | null = null;

/** The running loop, or else the chosen one, of whatever class. */
export function getEventLoop(): Loop {
  const loop = runningLoop() ?? chosen;
  if (loop === null) {
    throw new RuntimeError(
      `Cannot get the event loop: none is running and none was set. Call run(), or setEventLoop(newEventLoop()). ${IN_HONO}`,
    );
  }
  return loop;
}

/** @internal The type of loop that may be set is not known here. */
export function chooseLoop(loop: Loop | null): void {
  chosen = loop;
}
