/**
 * Who is notified of what a loop does, while it does it. The loop itself does not load this file: whoever has an instrument does.
 *
 * @module
 */
import type { BaseEventLoop } from "./base_event_loop.ts";
import { isGeneratorFunction } from "./suspend.ts";
import { Observer } from "./observer.ts";
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
 * They are called in the middle of the loop's work, so they should be short, and nobody waits for what they return: to wait, put what you hear into a
 * queue, and read it in a task. One that throws, returns a promise that rejects, or returns a coroutine, which nobody awaits, is reported to the
 * loop's exception handler, and its instrument is taken out.
 *
 * Tasks and callbacks that they start, and what those start in turn, are told to no instrument. What an async method awaits belongs to no task of the
 * program, and is cancelled when the program ends; a CancelledError is no failure.
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
   * @throws {TypeError} if that is not an object, has none of the methods, or one of them is not a plain function
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
      if (isGeneratorFunction(hooks[name])) {
        throw new TypeError(
          `Cannot make an instrument whose ${name} is a generator function: nothing awaits what it returns. Write a plain ` +
            "function; to wait, have it put what it hears into a queue that a task reads.",
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
