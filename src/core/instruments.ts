/**
 * Who is notified of what a loop does, while it does it. The loop itself does not load this file: whoever has an instrument does.
 *
 * @module
 */
import { Awaiter } from "./await.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import type { AnyTask, InStep, LoopObserver, Runnable, Stepper } from "./contract.ts";
import { runningTask } from "./current_code.ts";
import { DoneCallback, Handle } from "./handle.ts";
import { describeKind } from "./repr.ts";
import type { Task } from "./task.ts";

/**
 * A request of an HTTP server that has ended. What it has is read from the request when it is asked for, and only until the instrument returns.
 *
 * @category Running
 */
export interface EndedRequest {
  /** The task that answered it. */
  readonly task: Task<unknown>;
  /** The request. */
  readonly request: Request;
  /**
   * How it ended, in the words of `RequestOutcome` of `./http`. A body that the runtime sends by itself is not waited for, so that a client which
   * leaves in the middle of it is not known here.
   */
  readonly outcome: "delivered" | "clientGone" | "timedOut" | "shutdown" | "failed";
  /** The status of its response; null if there was none. */
  readonly status: number | null;
}

/**
 * What an {@linkcode Instrument} is made of: any of these methods, which the loop calls while it runs. All times are milliseconds on the loop's
 * clock, that of `loop.time()`.
 *
 * They are called in the middle of the loop's work, so they should be short, and may not wait. What they do themselves, such as making a task, is
 * told to no instrument. One that throws is reported to the loop's
 * exception handler, and its instrument is taken out.
 *
 * @category Running
 */
export interface InstrumentHooks {
  /** A task was made; it has not taken a step. `parent` is the task in whose code that was; null for none. */
  taskCreated?(task: Task<unknown>, parent: Task<unknown> | null): void;
  /**
   * A task has taken a step: a coroutine has run up to where it suspends or ends, an async function up to its next `await` of this module. One
   * that has not come to that soon waits for the host, and what it does when it comes back is not seen until it awaits something.
   */
  taskStepped?(task: Task<unknown>, began: number, ended: number): void;
  /** After the step a task waits for something: `String(task)` says for what. */
  taskParked?(task: Task<unknown>, time: number): void;
  /** A task is done: it has its result, its exception, or is cancelled. */
  taskDone?(task: Task<unknown>, time: number): void;
  /** A callback was called; null stands for one of the module itself, such as what hands bytes to a protocol. */
  callbackRun?(callback: ((...args: never[]) => unknown) | null, began: number, ended: number): void;
  /** So many callbacks and steps are about to run, one after another. */
  iteration?(ready: number, time: number): void;
  /** A timer runs so many milliseconds after its time. */
  lag?(late: number): void;
  /** So many bytes have come by a connection; those of HTTP servers, which are the runtime's, are not told. */
  bytesReceived?(count: number): void;
  /** So many bytes were written to a connection. */
  bytesSent?(count: number): void;
  /** A request of an HTTP server of the loop has ended, and nothing of it runs any more. */
  requestEnded?(request: EndedRequest): void;
}

const NAMES: Record<keyof InstrumentHooks, true> = {
  taskCreated: true,
  taskStepped: true,
  taskParked: true,
  taskDone: true,
  callbackRun: true,
  iteration: true,
  lag: true,
  bytesReceived: true,
  bytesSent: true,
  requestEnded: true,
};

/**
 * What `loop.addInstrument()` takes: an object that is told what the loop does. Without one nothing is measured, which costs nothing.
 *
 * @example How long each task has run
 * ```ts
 * import { createTask, getRunningLoop, run, sleep } from "@loop/asyncio";
 * import { Instrument } from "@loop/asyncio/inspect";
 * import { assertEquals } from "@std/assert";
 *
 * const ran = new Map<string, number>();
 * const instrument = new Instrument({
 *   taskStepped(task, began, ended) {
 *     const name = task.getName();
 *     ran.set(name, (ran.get(name) ?? 0) + ended - began);
 *   },
 * });
 * await run(function* () {
 *   getRunningLoop().addInstrument(instrument);
 *   yield* createTask(sleep(1), { name: "child" });
 * });
 * assertEquals(ran.has("child"), true);
 * ```
 *
 * @category Running
 */
export class Instrument {
  /** What it was made of. */
  readonly hooks: InstrumentHooks;

  /**
   * Makes one, which hears of nothing before it is added to a loop. It may be added to several.
   *
   * @throws {TypeError} if that is not an object, has none of the methods, or one of them is not a function
   */
  constructor(hooks: InstrumentHooks) {
    if (typeof hooks !== "object" || hooks === null) {
      throw new TypeError(`Cannot make an instrument of ${describeKind(hooks)}: give an object with its methods.`);
    }
    const names = Object.keys(NAMES) as (keyof InstrumentHooks)[];
    const heard = names.filter((name) => hooks[name] !== undefined);
    for (const name of heard) {
      if (typeof hooks[name] !== "function") {
        throw new TypeError(
          `Cannot make an instrument whose ${name} is ${describeKind(hooks[name])}: give a function.`,
        );
      }
    }
    const unknown = Object.keys(hooks).find((name) => typeof hooks[name as "lag"] === "function" && !(name in NAMES));
    if (heard.length === 0 || unknown !== undefined) {
      throw new TypeError(
        `Cannot make an instrument ${
          unknown === undefined ? "that hears of nothing" : `of "${unknown}"`
        }: its methods are ${names.join(", ")}.`,
      );
    }
    this.hooks = hooks;
  }

  /** @ignore Adds it to a loop, unless it is there. */
  addTo(loop: BaseEventLoop): void {
    const observer = loop._observer as Observer | null ?? new Observer(loop);
    observer.add(this);
    loop._observe(observer);
  }
}

/** The methods as the observer calls them. */
type Hooks = { readonly [Name in keyof InstrumentHooks]?: (a: unknown, b: unknown, c: unknown) => void };

/** What the loop calls in place of its instruments, while there are any. */
class Observer implements LoopObserver {
  readonly #loop: BaseEventLoop;
  /** Copied at each change, since they may change while they are told. */
  #instruments: readonly Instrument[] = [];
  /** When each piece of async code that is in the middle of a step has begun it. */
  readonly #began = new Map<InStep, number>();
  /** The tasks that have ended, or will have when the entry that runs is over. */
  readonly #ended: AnyTask[] = [];
  /** The task whose step is over, and may have to be reported as parked. */
  #stepped: AnyTask | null = null;
  #time = 0;
  /** Whether an instrument is being told. What it does itself meanwhile is told to none: one that makes tasks would never come to an end. */
  #isTelling = false;

  constructor(loop: BaseEventLoop) {
    this.#loop = loop;
  }

  /** Adds one, unless it is there. */
  add(instrument: Instrument): void {
    if (!this.#instruments.includes(instrument)) this.#instruments = [...this.#instruments, instrument];
  }

  /** Takes one out; returns whether it was there. */
  remove(instrument: Instrument): boolean {
    const before = this.#instruments;
    this.#instruments = before.filter((one) => one !== instrument);
    if (this.#instruments.length === 0) this.#loop._observe(null);
    return before.length > this.#instruments.length;
  }

  /** A task was made. */
  created(task: AnyTask): void {
    this.#tell("taskCreated", task, runningTask());
  }

  /** A task ends: it is told once its state is known. */
  ends(task: AnyTask): void {
    this.#ended.push(task);
  }

  /** Async code begins a step. */
  stepBegins(code: InStep): void {
    this.#began.set(code, this.#loop.time());
  }

  /** Its step is over. Whether it parks, or ends the task, is known later. */
  stepEnds(code: InStep & { readonly task?: AnyTask | null }): void {
    this.flush();
    const began = this.#began.get(code);
    this.#began.delete(code);
    const { task = null } = code;
    if (began === undefined || task === null) return;
    this.#noteStep(task, began, this.#loop.time());
  }

  /** A batch begins. */
  begins(ready: number, time: number): void {
    this.flush();
    this.#tell("iteration", ready, time);
  }

  /** An entry has run. */
  ran(entry: Runnable, began: number, ended: number): void {
    const task = entry._root ?? null;
    if (task === null) {
      // An await of an async function: the step that it begins is told when it is over.
      if (!(entry instanceof Awaiter && entry.code !== null)) this.#ranCallback(entry, began, ended);
    } else if (this.#began.size === 0) {
      this.#noteStep(task, began, ended);
    }
    this.flush();
  }

  /** A task has taken a step inside something else, such as the callback of the host that brings a request. */
  steppedInside(stepper: Stepper, began: number): void {
    // A strand is a part of a step that is told as a whole.
    if (stepper._root === stepper && this.#began.size === 0) this.#noteStep(stepper._root, began, this.#loop.time());
    this.flush();
  }

  /** A timer runs late. */
  lags(late: number): void {
    this.#tell("lag", late);
  }

  /** Bytes have come, or were written. */
  bytes(count: number, isReceived: boolean): void {
    this.#tell(isReceived ? "bytesReceived" : "bytesSent", count);
  }

  /** A request has ended. */
  requestEnded(request: EndedRequest): void {
    this.flush();
    this.#tell("requestEnded", request);
  }

  /** Tells what is known now: tasks that have ended or parked. */
  flush(): void {
    const stepped = this.#stepped;
    const ended = this.#ended;
    if (stepped === null && ended.length === 0) return;
    this.#stepped = null;
    if (ended.length > 0) {
      // To read the clock is dear on some hosts.
      const time = stepped === null ? this.#loop.time() : this.#time;
      if (ended.length === 1) this.#tellEnd(ended.pop() as AnyTask, time);
      else for (const task of ended.splice(0)) this.#tellEnd(task, time);
    }
    if (stepped !== null && !stepped.done() && stepped._waiter !== null) this.#tell("taskParked", stepped, this.#time);
  }

  #tellEnd(task: AnyTask, time: number): void {
    // One that was forgotten, since it will never end, is not done.
    if (task.done()) this.#tell("taskDone", task, time);
  }

  #noteStep(task: AnyTask, began: number, ended: number): void {
    this.#stepped = task;
    this.#time = ended;
    this.#tell("taskStepped", task, began, ended);
  }

  #ranCallback(entry: Runnable, began: number, ended: number): void {
    const callback = entry instanceof Handle || entry instanceof DoneCallback ? entry._callback : undefined;
    // A handle without a callback was cancelled, and nothing was called.
    if (callback !== null) this.#tell("callbackRun", callback ?? null, began, ended);
  }

  #tell(event: keyof InstrumentHooks, a: unknown, b?: unknown, c?: unknown): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const instruments = this.#instruments;
    for (let i = 0; i < instruments.length; i++) {
      const instrument = instruments[i] as Instrument;
      try {
        (instrument.hooks as Hooks)[event]?.(a, b, c);
      } catch (exception) {
        this.#takeOut(instrument, event, exception);
      }
    }
    this.#isTelling = false;
  }

  #takeOut(instrument: Instrument, event: string, exception: unknown): void {
    this.remove(instrument);
    try {
      const message = `An instrument was taken out, since its ${event}() failed`;
      this.#loop.callExceptionHandler({ message, exception, instrument });
    } catch (error) {
      // A KeyboardInterrupt of the handler leaves the loop.
      this.#isTelling = false;
      throw error;
    }
  }
}
