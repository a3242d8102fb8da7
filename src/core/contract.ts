/**
 * What the files of the core know one another by.
 *
 * A loop runs tasks, a task is a future, and a future belongs to a loop: as classes they would all have to import each other. Here are the
 * interfaces of what they ask of each other, so that the files below the classes know no class.
 *
 * @module
 */
import type { CoreAdapter } from "../adapters/adapter.ts";
import type { CancelledError } from "./errors.ts";
import type { LazyAwaitable, Suspend } from "./suspend.ts";

/** Something that the loop runs once: a handle, a task that goes on, a callback of a future. */
export interface Runnable {
  _run(): void;
  /** Whose context variables are seen while it runs; null for nobody's. */
  readonly _owner: ContextOwner | null;
  /** The task that it steps; nothing for what steps none. */
  readonly _root?: AnyTask;
}

/** An entry of the heap of timers: a timer handle, or a sleep. */
export interface Timed extends Runnable {
  /** When it is due, on the loop's clock. */
  _when: number;
  /** The order in which it was made, for timers due at the same time; less than 0 while it is not in the heap. */
  _order: number;
  /** Whether it will do nothing when it comes up. */
  _isCancelled(): boolean;
}

/** Async code in the middle of a step, which goes on in microtasks. */
export interface InStep {
  /** Where it stands among all that are; less than 0 if it is not one of them. */
  _stepAt: number;
  /** It was not heard of in time: it waits for the host. */
  _unheard(): void;
}

/** The variables of one context; never changed once made. */
export type Vars = ReadonlyMap<object, unknown>;

/** A `Context`. */
export interface AnyContext {
  _context: Vars;
  _entered: boolean;
}

/**
 * Whatever runs in a context: a task, a handle, a `Context` entered by `run`. Its context is only a map until somebody asks for the object.
 */
export interface ContextOwner {
  _context: Vars | AnyContext;
}

/** What a task can step, whatever made it: a generator, or an object that plays one. */
export interface CoroutineObject<T> {
  next(value?: unknown): IteratorResult<Suspend, T>;
  throw(error: unknown): IteratorResult<Suspend, T>;
  return?(value: T): IteratorResult<Suspend, T>;
  /** The coroutine that it steps in its own place, if it is the call of a function that has made one. */
  readonly made?: CoroutineObject<unknown> | null;
}

/** Something that a task can wait on. */
export interface Parkable {
  /** Itself, if it is a task; undefined if it is not. */
  readonly _root?: AnyTask;
  /** Whether it is async code in a task; undefined if not. */
  readonly "~async"?: true;
  /** Takes who has yielded here; from now on this object wakes it. */
  _park(stepper: Stepper): void;
  /** Whether the wait is over and ended with a CancelledError. Counts as having read the outcome. */
  _endedCancelled(): boolean;
  /** Ends the wait with a CancelledError, unless it is over; says whether it did. */
  cancel(message?: string): boolean;
  /** Forgets a cancel that it has not delivered. Most deliver each at once. */
  forgetCancel?(): void;
}

/** What `call` runs on the stack of whoever calls it. */
export interface AnyCall {
  /** It has returned or thrown; returns the coroutine that goes on. */
  ended(stepper: Stepper, value: unknown, failed: boolean): CoroutineObject<unknown>;
  /** The coroutine at the bottom of the stack. */
  outermost(): CoroutineObject<unknown>;
  /** The coroutines below the one that runs, innermost first. */
  callers(limit: number): CoroutineObject<unknown>[];
}

/** What steps a coroutine, and waits for what that parks on: a task, or a strand of one. */
export interface Stepper extends Runnable {
  /** The task that it is, or is a part of. */
  readonly _root: AnyTask;
  readonly _loop: Loop;
  /** What it steps. */
  _coro: CoroutineObject<unknown>;
  /** The innermost coroutine that `call` runs on its own stack. */
  _call: AnyCall | null;
  /** What it waits for. */
  _waiter: Parkable | null;
  /** See `step.ts`. */
  _flags: number;
  /** The message of a cancel, or an error, that waits to be thrown. */
  _value: unknown;
  /** Notes what it waits for, once that knows it. */
  _waitOn(waiter: Parkable): void;
  /** Takes a step. */
  _stepNow(): void;
  /** Takes the next step, within the step of the async function that has just ended; a cancel that is owed is thrown only on demand. */
  _goOn(throwsOwed: boolean): void;
  /** Its coroutine has returned. */
  _returned(value: unknown): void;
  /** Its coroutine has thrown. */
  _raised(error: unknown): void;
  /** Who owes a cancel to what parks here: it, or what it is a part of. */
  _owes(): Stepper | null;
  /** Takes every cancel that is owed to what parks here: the error to throw for them. */
  _takeOwed(): CancelledError | undefined;
  /** Takes over a cancel that a part of it could not deliver, and the cancels that were asked for there. */
  _inherit(message: string | undefined, requests: number): void;
  /** Whether nothing but this is what its task waits for. */
  _isSole(): boolean;
  done(): boolean;
  cancel(message?: string): boolean;
  cancelling(): number;
  uncancel(): number;
}

/** One `await` of async code on something of this module; see `await.ts`. */
export interface AnyAwait {
  /** The round of the code in which it was begun. */
  round: number;
  /** Its neighbours among all that the code awaits. */
  before: AnyAwait | null;
  after: AnyAwait | null;
  /** Whether a cancel that is owed was given to what it waits for, when it began to wait. */
  delivered: boolean;
  /** Whether it took a cancel that its code is owed all the same. */
  told: boolean;
  /** What it waits for; null between two waits. */
  readonly awaited: Parkable | null;
  /** Cancels what it waits for; false if that may be heard late, or never. */
  cancelWait(message: string | undefined): boolean;
  /** A cancel passes it on the way to a task that it waits for. */
  cancelPasses(message: string | undefined): void;
  /** Forgets a cancel that has not been delivered. */
  forgetCancel(): void;
  /** Goes on with a cancel though what it waits for is not done: that waits for this in turn. */
  breakOff(message: string | undefined): void;
  /** Its code has ended, and this goes on without it. */
  outliveCode(): void;
}

/** Async code that runs as a part of a task; see `async_code.ts`, where each of these is explained. */
export interface AnyCode extends Parkable, InStep {
  readonly task: AnyTask | null;
  readonly leftLoop: Loop | null;
  /** Whose context variables it sees if it has no task. */
  readonly owner?: ContextOwner;
  readonly stepper: Stepper | null;
  readonly round: number;
  readonly isUncertain: boolean;
  awaitCoroutine<V, R1, R2>(
    lazy: LazyAwaitable<V>,
    onFulfilled?: ((value: V) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2>;
  awaitFuture(awaited: AnyAwait): void;
  awaitEnded(awaited: AnyAwait, cancelled: boolean, hasParked: boolean): void;
  awaits(): AnyAwait[];
  onlyAwait(): AnyAwait | null;
  isOnlyWait(awaited: AnyAwait): boolean;
  goesOn(): void;
  parks(): void;
  deliverOwed(awaited: AnyAwait): void;
  owesTo(awaited: AnyAwait): Stepper | null;
  takeOwedFor(awaited: AnyAwait): CancelledError | null;
  inheritFrom(awaited: AnyAwait, message: string | undefined, requests: number): void;
  breakOff(message: string | undefined): void;
  forgetCancel(): void;
  signalAborted(): void;
  isInterrupted(): boolean;
  moveTo(task: AnyTask): void;
}

/** What a loop reports of what it does, while somebody wants to know; see `instruments.ts`. */
export interface LoopObserver {
  /** A task was made. */
  created(task: AnyTask): void;
  /** A task ends; its state is not set yet. */
  ends(task: AnyTask): void;
  /** Async code begins a step, and its step is over. */
  stepBegins(code: InStep): void;
  stepEnds(code: InStep): void;
  /** A batch of so many entries begins. */
  begins(ready: number, time: number): void;
  /** One of them has run. */
  ran(entry: Runnable, began: number, ended: number): void;
  /** A step is taken inside of something else: returns the time, or what stands for it. */
  stepsInside(stepper: Stepper): number;
  /** It was taken; `began` is what was returned. */
  steppedInside(stepper: Stepper, began: number): void;
  /** A timer runs so many milliseconds late. */
  lags(late: number): void;
  /** So many bytes have come by a connection, or were written to one. */
  bytes(count: number, isReceived: boolean): void;
  /** A request of a server has ended. */
  requestEnded(request: unknown): void;
  /** A turn has ended. */
  flush(): void;
  /** Tells an instrument nothing more; returns whether it was told before. */
  remove(instrument: unknown): boolean;
}

/** A future, of whatever class. */
export interface AnyFuture extends Promise<unknown>, Parkable {
  readonly _loop: Loop;
  _state: number;
  _value: unknown;
  /** Who is told when it is done. */
  _waiters: Runnable | TaskCounter | (Runnable | TaskCounter)[] | null;
  /** Counts its exception as read, if it has one. */
  _markRead(): void;
  /** Tells somebody when it is done, in the next iteration if it is done already. */
  _addWaiter(waiter: Runnable): void;
  _removeWaiter(waiter: Runnable): void;
  /** What to throw, or for a stored exception to return, to someone who asks for the outcome. */
  _outcome(wanted: string): unknown;
  /** What it is called in reports. */
  _kind(): string;
  done(): boolean;
  cancelled(): boolean;
  addDoneCallback(callback: () => unknown): void;
}

/** Who needs to know of many tasks no more than how many have ended, mostly. */
export interface TaskCounter {
  /** One of the tasks has ended. What is done about it is scheduled here, in the place of a callback of the task. */
  taskEnded(task: AnyTask): void;
}

/** A task, of whatever class. */
export interface AnyTask extends AnyFuture, Stepper, ContextOwner {
  readonly _root: AnyTask;
  /** Its name, or who makes it; see `task_hooks.ts`. */
  _name: unknown;
  /** Neighbours in the loop's list of unfinished tasks. */
  _previous: AnyTask | null;
  _next: AnyTask | null;
  /** The loop knows it from now on, and so does the scope of its context. */
  _enlist(): void;
  /** Takes the first step, now or in the next iteration. */
  _begin(eager: boolean): void;
  /** Its state, and those who are told when it is done, in words. */
  _describeState(): string[];
  getName(): string;
  /** Whether its steps run with each AsyncLocalStorage of where it was made. */
  _carriesStorage(): boolean;
  /** Makes the context variables, if that is left until somebody reads them. */
  _makeVars(): Vars;
  readonly _loop: Loop;
  _value: unknown;
  done(): boolean;
  cancel(message?: string): boolean;
}

/** A loop, of whatever class: what the core asks of it. */
export interface Loop {
  readonly _adapter: CoreAdapter;
  /** Who is notified of what it does; null if nobody is. */
  readonly _observer: LoopObserver | null;
  /** The values of each AsyncLocalStorage where it was started: those of nobody in it. */
  _frame: unknown;
  /** Counts the microtasks in which async code is waited for. */
  _hop: number;
  /** Whether it is in debug mode. */
  readonly _debug: boolean;
  /** Hears of each task that is cancelled; null if nobody wants to. */
  readonly _onCancel: ((task: AnyTask) => void) | null;
  /** Whether tasks carry the AsyncLocalStorage of others if nothing else is said, and whether one may. */
  _keepsStorage: boolean;
  _mayKeepStorage: boolean;
  /** How many of its tasks an AbortSignal of others may cancel. */
  _abortable: number;
  /** Tasks that nobody's code awaits: what ends a program waits for them. */
  readonly _loose: Set<AnyTask>;
  /** What is known of exceptions that nobody has read. */
  readonly _unread: Set<unknown>;
  /** The list of tasks that are not done. */
  _register(task: AnyTask): void;
  _unregister(task: AnyTask): void;
  _unfinished(): Set<AnyTask>;
  _schedule(entry: Runnable): void;
  _scheduleAt(timer: Timed, when: number): void;
  _timerCancelled(): void;
  _beginStep(code: InStep): void;
  _endStep(code: InStep): void;
  _expect(): number;
  _heard(turn: number): void;
  _runInside<R>(callback: () => R): R;
  _stepInside(stepper: Stepper): void;
  _endInside(stepper: Stepper, failed: boolean, value: unknown): void;
  _rejectsCancelled(): void;
  _throwSoon(error: unknown): void;
  _failed(future: AnyFuture): void;
  _reportFrom(owner: ContextOwner, context: Record<string, unknown>): void;
  _checkClosed(): void;
  callExceptionHandler(context: Record<string, unknown>): void;
  createTask(source: unknown): AnyTask;
  isClosed(): boolean;
  isRunning(): boolean;
  time(): number;
}
