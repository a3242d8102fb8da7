/**
 * What a loop calls in place of its instruments.
 *
 * @module
 */
import { Awaiter } from "./await.ts";
import type { BaseEventLoop } from "./base_event_loop.ts";
import { CancelledError } from "./errors.ts";
import type { AnyTask, InStep, Loop, LoopObserver, Runnable, Stepper } from "./contract.ts";
import { runningTask } from "./current_code.ts";
import { DoneCallback, Handle } from "./handle.ts";
import { type Hearer, hearersOf } from "./hearers.ts";
import { HookScope } from "./hook_scope.ts";
import type { EndedRequest, Instrument } from "./instruments.ts";
import { throwSoon } from "./lazy_internal.ts";
import { isCoroutine } from "./suspend.ts";
import { describeKind } from "./repr.ts";
import type { TaskHooks } from "./task_options.ts";
import { type Sampler, samplerOf } from "./sampler.ts";

/** A step that takes at least so many milliseconds is told with its time in any case. */
const LONG = 5;

/** Tells the instruments of one loop. */
export class Observer implements LoopObserver {
  readonly #loop: BaseEventLoop;
  /** Copied at each change, since they may change while they are told. */
  #instruments: readonly Instrument[] = [];
  #hearers = hearersOf([]);
  #sampler: Sampler | null = null;
  /** When each piece of async code that is in the middle of a step has begun it. */
  readonly #began = new Map<InStep, number>();
  /** The tasks that have ended, or will have when the entry that runs is over. */
  readonly #ended: AnyTask[] = [];
  /** The task whose step is over, and may have to be reported as parked. */
  #stepped: AnyTask | null = null;
  /** When the last step was over, if that is the time still. */
  #time = 0;
  #isTimed = false;
  /** Whether an instrument is being told. What it does itself meanwhile is told to none: one that makes tasks would never come to an end. */
  #isTelling = false;
  /** What others than samplers start when they are told; null as long as there was none. */
  #scope: HookScope | null = null;
  /** Those that were taken out. */
  readonly #failed = new WeakSet<Instrument>();
  /** How many steps are taken inside of something else just now, and the requests that have ended in one. */
  #inside = 0;
  readonly #requests: EndedRequest[] = [];

  constructor(loop: BaseEventLoop) {
    this.#loop = loop;
  }

  /** Adds one, unless it is there. */
  add(instrument: Instrument): void {
    this.#failed.delete(instrument);
    if (!this.#instruments.includes(instrument)) this.#change([...this.#instruments, instrument]);
  }

  /** Takes one out; returns whether it was there. */
  remove(instrument: Instrument): boolean {
    const before = this.#instruments;
    this.#change(before.filter((one) => one !== instrument));
    if (this.#instruments.length === 0) this.#loop._observe(null);
    return before.length > this.#instruments.length;
  }

  #change(instruments: readonly Instrument[]): void {
    this.#instruments = instruments;
    this.#hearers = hearersOf(instruments);
    this.#sampler = instruments.length === 1 ? samplerOf(instruments[0] as Instrument) : null;
    if (this.#sampler === null && instruments.length > 0) this.#scope ??= new HookScope(this.#loop as unknown as Loop);
  }

  /** A task was made. */
  created(task: AnyTask): void {
    if (this.#sampler !== null) {
      const { _name } = task;
      if (typeof _name !== "object" || (_name as TaskHooks).beginsAtOnce !== true) this.#sampler.made(task);
    } else if (this.#isTelling) this.#scope?.hide(task);
    else if (this.#isTold(task)) this.#tell(this.#hearers.taskCreated, task, runningTask());
  }

  /** A task ends: it is told once its state is known. */
  ends(task: AnyTask): void {
    if (this.#sampler !== null ? !this.#sampler.ignores(task) : this.#isTold(task)) this.#ended.push(task);
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
    this.#tell(this.#hearers.iteration, ready, time);
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

  /** A task takes a step inside something else, such as the callback of the host that brings a request. */
  stepsInside(stepper: Stepper): number {
    this.#inside++;
    const isTimed = this.#sampler === null || (stepper._root === stepper && this.#sampler.wants(stepper as AnyTask));
    // The other clock is the cheaper one on some hosts, and good enough to tell that a step was long. What is less than 0 is of that one.
    return isTimed ? this.#loop.time() : -Date.now();
  }

  /** It has taken it. */
  steppedInside(stepper: Stepper, began: number): void {
    this.#inside--;
    // A strand is a part of a step that is told as a whole.
    if (stepper._root === stepper && this.#began.size === 0) {
      if (began < 0) this.#noteUntimed(stepper._root, Date.now() + began);
      else this.#noteStep(stepper._root, began, this.#loop.time());
    }
    if (this.#ended.length > 0 || this.#isTimed) this.flush();
    const requests = this.#requests;
    if (requests.length === 0) return;
    if (requests.length === 1) this.#tell(this.#hearers.requestEnded, requests.pop());
    else for (const request of requests.splice(0)) this.#tell(this.#hearers.requestEnded, request);
  }

  /** A timer runs late. */
  lags(late: number): void {
    this.#tell(this.#hearers.lag, late);
  }

  /** Bytes have come, or were written. */
  bytes(count: number, isReceived: boolean): void {
    this.#tell(isReceived ? this.#hearers.bytesReceived : this.#hearers.bytesSent, count);
  }

  /** A request has ended. */
  requestEnded(request: EndedRequest): void {
    if (this.#sampler !== null) {
      this.#sampler.answered(request.outcome);
    } else if (this.#inside > 0) {
      // The step and the end of its task are told first.
      this.#requests.push(request);
    } else {
      this.flush();
      this.#tell(this.#hearers.requestEnded, request);
    }
  }

  /** Tells what is known now: tasks that have ended or parked. */
  flush(): void {
    const stepped = this.#stepped;
    const ended = this.#ended;
    if (this.#isTelling) return;
    if (ended.length > 0) {
      // To read the clock is dear on some hosts.
      const time = this.#isTimed ? this.#time : this.#loop.time();
      if (ended.length === 1) this.#tellEnd(ended.pop() as AnyTask, time);
      else for (const task of ended.splice(0)) this.#tellEnd(task, time);
    }
    this.#isTimed = false;
    if (stepped === null) return;
    this.#stepped = null;
    if (!stepped.done() && stepped._waiter !== null) {
      this.#tell(this.#hearers.taskParked, stepped, this.#time);
    }
  }

  #tellEnd(task: AnyTask, time: number): void {
    // One that was forgotten, since it will never end, is not done.
    if (task.done()) this.#tell(this.#hearers.taskDone, task, time);
  }

  #noteStep(task: AnyTask, began: number, ended: number): void {
    if (this.#isTelling || !this.#isTold(task)) return;
    if (this.#hearers.taskParked.length > 0) this.#stepped = task;
    this.#time = ended;
    this.#isTimed = true;
    this.#tell(this.#hearers.taskStepped, task, began, ended);
  }

  #noteUntimed(task: AnyTask, took: number): void {
    if (took < LONG && task.done() && this.#sampler?.passes(task)) {
      if (this.#ended.length > 0 && this.#ended[this.#ended.length - 1] === task) this.#ended.pop();
      return;
    }
    if (this.#sampler?.ignores(task)) {
      this.#sampler.made(task);
      if (task.done()) this.#ended.push(task);
    }
    const now = this.#loop.time();
    this.#noteStep(task, now - Math.max(0, took), now);
  }

  #isTold(task: AnyTask): boolean {
    return this.#scope === null || !this.#scope.has(task);
  }

  #ranCallback(entry: Runnable, began: number, ended: number): void {
    const callback = entry instanceof Handle || entry instanceof DoneCallback ? entry._callback : undefined;
    // A handle without a callback was cancelled, and nothing was called.
    if (callback === null || (callback !== undefined && this.#scope?.isIn((entry as Handle)._context) === true)) return;
    this.#tell(this.#hearers.callbackRun, callback ?? null, began, ended);
  }

  #tell(hearers: readonly Hearer[], a: unknown, b?: unknown, c?: unknown): void {
    if (this.#isTelling || hearers.length === 0) return;
    this.#isTelling = true;
    const known = this.#instruments;
    for (let i = 0; i < hearers.length; i++) {
      const hearer = hearers[i] as Hearer;
      // One before has taken it out.
      if (known !== this.#instruments && !this.#instruments.includes(hearer.instrument)) continue;
      try {
        const returned = this.#sampler === null ? this.#call(hearer, a, b, c) : hearer.call(a, b, c);
        if (typeof returned === "object" && returned !== null) this.#lookAt(returned, hearer);
      } catch (exception) {
        this.#takeOut(hearer, exception);
      }
    }
    this.#isTelling = false;
  }

  #call(hearer: Hearer, a: unknown, b: unknown, c: unknown): unknown {
    const scope = this.#scope as HookScope;
    scope.enter();
    try {
      return hearer.isAsync ? scope.callAsync(() => hearer.call(a, b, c)) : hearer.call(a, b, c);
    } finally {
      scope.leave();
    }
  }

  /** Nobody awaits what a method returns. */
  #lookAt(returned: object, hearer: Hearer): void {
    if (returned instanceof Promise) {
      hearer.isAsync = true;
      returned.then(undefined, (exception) => this.#rejected(hearer, exception));
    } else if (isCoroutine(returned)) {
      throw new TypeError(
        `${hearer.event}() of an instrument returned ${
          describeKind(returned)
        }, which nobody awaits. Write a plain function; ` +
          "to wait, have it put what it hears into a queue that a task reads.",
      );
    }
  }

  /** Until the first promise of an instrument rejects, it may have returned many more. */
  #rejected(hearer: Hearer, exception: unknown): void {
    // One that waits is cancelled with all else when the program ends.
    if (this.#failed.has(hearer.instrument) || exception instanceof CancelledError) return;
    try {
      this.#takeOut(hearer, exception);
      this.#isTelling = false;
    } catch (error) {
      throwSoon(this.#loop, error);
    }
  }

  #takeOut({ instrument, event }: Hearer, exception: unknown): void {
    this.remove(instrument);
    this.#failed.add(instrument);
    this.#isTelling = true;
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
