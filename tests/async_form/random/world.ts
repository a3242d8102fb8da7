/**
 * What a random program runs in: its tasks, what they share, and what is found to be wrong.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import {
  allTasks,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  type EventLoop,
  fromPromise,
  RuntimeError,
  sleep,
  type Task,
  type TaskGroup,
  type TaskSource,
} from "../../../mod.ts";
import { Frame, isCancel, isKnown, type Member, type Scope } from "./frame.ts";
import { Shared } from "./shared.ts";

/** How much a program may do: far more than any does. */
const NOTES = 5_000;

/** How long the host takes: some microtasks, a turn of its loop, or several. */
export type Turn = "microtasks" | "turn" | "turns";

type Create = (source: TaskSource<unknown>) => Task<unknown>;

/** A task group, and whether it has cancelled its parent. */
class GroupScope implements Scope {
  failed = false;

  sent(): number {
    return this.failed ? 1 : 0;
  }
}

/** The world of one program. */
export class World {
  readonly loop: EventLoop;
  readonly shared: Shared;
  readonly variable: ContextVar<number> = new ContextVar<number>("variable", { default: 0 });
  readonly problems: string[] = [];
  /** Cleanups that have begun and not ended. */
  cleanups = 0;
  /** Waits for the host that have not ended. */
  #hostWaits = 0;
  readonly #notes: string[] = [];
  /** The notes that a frame made. */
  #events = 0;
  #endless = false;
  /** The main task is over, and run() cancels the others. */
  #ending = false;
  #rest = { past: -1, rounds: 0 };
  readonly #members: Member[] = [];
  readonly #frames: Frame[] = [];

  constructor(loop: EventLoop) {
    this.loop = loop;
    this.shared = new Shared(this);
  }

  /** Adds a line to the trace. */
  note(frame: Frame | null, text: string): void {
    if (this.#notes.length > NOTES) {
      // Once is enough, also for those that come here for ever.
      if (!this.#endless) this.problems.push("it goes on without end");
      this.#endless = true;
      if (frame === null) return;
      throw new Error("The program goes on without end");
    }
    if (frame !== null) this.#events++;
    this.#notes.push(`${String(this.loop.time()).padStart(5)} ${frame?.name ?? "-"}: ${text}`);
  }

  /** Adds what must not be, which fails the program. */
  problem(text: string): void {
    if (this.problems.length < 100) this.problems.push(text);
    this.note(null, `PROBLEM ${text}`);
  }

  trace(): string {
    return this.#notes.join("\n");
  }

  currentTask(): Task<unknown> | null {
    return currentTask();
  }

  /** The frame of the task that has just begun to run. */
  start(name: string): Frame {
    const task = currentTask();
    if (task === null) throw new Error(`${name} runs in no task`);
    const member = this.#members.find((each) => each.task === task) ?? this.#join(name, task);
    const frame = this.adopt(new Frame(this, member.name, member));
    member.frame = frame;
    this.note(frame, `begins as ${name}`);
    return frame;
  }

  /** Makes a task, which others may then cancel. */
  spawn(name: string, create: Create, source: TaskSource<unknown>): Task<unknown> {
    // As in CPython, nobody cancels what is made while the run ends.
    if (this.#ending) return this.#nothing();
    const task = create(source);
    // One that is started eagerly has come by already.
    if (!this.#members.some((member) => member.task === task)) this.#join(`${name}#${this.#members.length}`, task);
    task.addDoneCallback(() => {
      const error = task.cancelled() ? null : task.exception();
      if (error !== null && !isKnown(error)) this.problem(`${task} failed: ${(error as Error).stack}`);
    });
    return task;
  }

  readonly createTask: Create = (source) => createTask(source);

  readonly createEagerly: Create = (source) => this.loop.createTask(source, { eagerStart: true });

  /** Makes tasks in a group; a group that is about to end takes none. */
  into(group: TaskGroup, scope: GroupScope): Create {
    return (source) => {
      try {
        const task = group.createTask(source);
        task.addDoneCallback(() => scope.failed ||= !task.cancelled() && task.exception() !== null);
        return task;
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error;
        return createTask(source);
      }
    };
  }

  groupScope(): GroupScope {
    return new GroupScope();
  }

  adopt(frame: Frame): Frame {
    this.#frames.push(frame);
    return frame;
  }

  /** Cancels one of the tasks that are not done. */
  cancel(number: number, anyMoment = false): void {
    const pending = this.#members.filter(({ task }) => !task.done());
    const member = pending[number % Math.max(1, pending.length)];
    if (member === undefined) return;
    this.#request(member);
    if (anyMoment) member.graces++;
  }

  /** Some callbacks later. */
  cancelSoon(number: number, callbacks: number): void {
    if (callbacks === 0) this.cancel(number);
    else this.loop.callSoon(() => this.cancelSoon(number, callbacks - 1));
  }

  cancelLater(number: number, delay: number): void {
    this.loop.callLater(delay, () => this.cancel(number));
  }

  /** From outside of the loop, in the midst of whatever it does. */
  cancelFromHost(number: number, turn: Turn): void {
    void this.host(turn).then(() => this.cancel(number, turn === "microtasks"));
  }

  cancelSelf({ member }: Frame): void {
    this.#request(member);
  }

  /** A promise of the host. */
  async host(turn: Turn): Promise<void> {
    this.#hostWaits++;
    if (turn === "microtasks") { for (let i = 0; i < 5; i++) await null; }
    else for (let i = turn === "turn" ? 1 : 3; i > 0; i--) await this.#pause();
    this.#hostWaits--;
  }

  /** A promise of the host that a signal ends. */
  abortable(signal: AbortSignal): Promise<void> {
    return Promise.race([
      this.host("turn"),
      new Promise<never>((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    ]);
  }

  /** A resource that takes a while to close. */
  resource(frame: Frame): AsyncDisposable {
    return {
      async [Symbol.asyncDispose](): Promise<void> {
        const done = frame.cleanup();
        try {
          frame.begin("closing");
          try {
            await sleep(0);
          } catch (error) {
            frame.threw(error);
            throw error;
          }
          frame.went();
        } finally {
          done();
        }
      },
    };
  }

  /** Throws the cancel that `Promise.allSettled()` put among its results. */
  settled(results: readonly PromiseSettledResult<unknown>[]): void {
    for (const result of results) {
      if (result.status === "rejected" && this.isCancel(result.reason)) throw result.reason;
    }
  }

  /** Whether the program is to pass the error on: a cancel always, and everything once the run ends. */
  isCancel(error: unknown): boolean {
    return this.#ending || isCancel(error);
  }

  /** Starts the program, and waits until nothing moves any more. */
  *main(sources: readonly TaskSource<unknown>[]): Coroutine<void> {
    for (const source of sources) this.spawn("first", this.createTask, source);
    while (this.#moves()) {
      yield* sleep(1000);
      yield* fromPromise(this.#pause());
    }
    this.#checkIdle();
  }

  /** The same as an async function. */
  async mainAsync(sources: readonly TaskSource<unknown>[]): Promise<void> {
    for (const source of sources) this.spawn("first", this.createTask, source);
    while (this.#moves()) {
      await sleep(1000);
      await this.#pause();
    }
    this.#checkIdle();
  }

  /** Whether something has happened since it was last asked, or may yet. */
  #moves(): boolean {
    const { past, rounds } = this.#rest;
    this.#rest = { past: this.#events, rounds: rounds + 1 };
    if (rounds < 200) return this.#hostWaits > 0 || past !== this.#events;
    this.problem(`it does not come to rest: ${this.#hostWaits} waits for the host`);
    return false;
  }

  /** Lets the host do what it has to do by now. No timer: when that comes is chance, and a seed would play differently. */
  #pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** What is wrong when nothing moves any more. */
  #checkIdle(): void {
    this.note(null, "nothing moves");
    this.#ending = true;
    this.shared.checkIdle();
  }

  /** What is wrong when the run is over. */
  checkEnd(): void {
    this.shared.checkEnd();
    const left = allTasks(this.loop);
    if (left.size > 0) this.problem(`${left.size} tasks are left: ${[...left].join(", ")}`);
    if (this.cleanups !== 0) this.problem(`${this.cleanups} cleanups have begun and not ended`);
    for (const frame of this.#frames) {
      const waits = frame.pendingWaits();
      if (waits.length > 0) this.problem(`${frame.name} still waits: ${waits.join(", ")}`);
      if (frame.root) frame.checkEnd();
    }
  }

  /** What stands for a task that is not made. */
  #nothing(): Task<unknown> {
    const future = this.loop.createFuture<unknown>();
    future.setResult(undefined);
    return future as Task<unknown>;
  }

  #request(member: Member): void {
    this.note(null, `cancels ${member.name}`);
    const hidden = member.signalled && !member.frame?.isSleeping();
    if (member.task.cancel() && !hidden) member.requests++;
  }

  #join(name: string, task: Task<unknown>): Member {
    const member: Member = {
      name,
      task,
      frame: null,
      requests: 0,
      graces: 0,
      signalled: false,
      value: this.variable.get(),
      murky: false,
    };
    this.#members.push(member);
    return member;
  }
}
