/**
 * One thread of control of a random program, and the cancels that it has heard.
 *
 * A task has one frame; each branch of a `Promise.all` or its like has one of its own, since several waits are live
 * there at once. Helpers and the bodies of scopes run in the frame of their caller.
 *
 * @module
 */
import { CancelledError, ExceptionGroup, type Task, TimeoutError } from "../../../mod.ts";
import type { World } from "./world.ts";

/** What a random program throws on its own account. */
export class Failure extends Error {}

/** A deadline or a group that is open: how many cancels it may have sent into its frame. */
export interface Scope {
  sent(): number;
}

/** A task of the program. */
export interface Member {
  readonly name: string;
  readonly task: Task<unknown>;
  /** Its own frame, from its first step on. */
  frame: Frame | null;
  /** How often the program cancelled it where that cannot be missed, and was told that it will be. */
  requests: number;
  /** How many of the requests came in the midst of a step perhaps, so that the next wait hears of it. */
  graces: number;
  /** It has its signal: a cancel that comes while it waits for the host may be taken for heard. */
  signalled: boolean;
  /** What its context variable must give. */
  value: number;
  /** Some of its waits lost a race: there the host hides which of them has heard, and a cancel may come once more. */
  murky: boolean;
}

/** The errors that an error is made of. */
function parts(error: unknown): readonly unknown[] | null {
  if (error instanceof AggregateError) return error.errors;
  return error instanceof Error && "suppressed" in error ? [(error as SuppressedError).error, error.suppressed] : null;
}

/** Whether a program can meet the error without a fault of the module. */
export function isKnown(error: unknown): boolean {
  return parts(error)?.every(isKnown) ?? [Failure, CancelledError, TimeoutError].some((type) => error instanceof type);
}

/** Whether the error is a cancel, or has one inside. */
export function isCancel(error: unknown): boolean {
  return parts(error)?.some(isCancel) ?? error instanceof CancelledError;
}

/** A wait that has begun, when, and how many cancels its frame had heard by then. */
interface Wait {
  readonly what: string;
  readonly time: number;
  readonly heard: number;
}

/** A thread of control. */
export class Frame {
  readonly world: World;
  readonly name: string;
  readonly member: Member;
  /** Whether it is the task's own, and no branch. */
  readonly root: boolean;
  #heard = 0;
  /** Cancels that scopes sent which are closed now. */
  #past = 0;
  /** Whether a group that failed during a cancel has asked for that anew. */
  #owed = false;
  #branches = 0;
  #apart = false;
  /** A deadline, or another task, may have taken a cancel with it. */
  #hidden = false;
  readonly #scopes: Scope[];
  readonly #waits: Wait[] = [];

  constructor(world: World, name: string, member: Member, parent?: Frame) {
    this.world = world;
    this.name = name;
    this.member = member;
    this.root = parent === undefined;
    this.#scopes = parent === undefined ? [] : [...parent.#scopes];
    this.#heard = parent === undefined ? 0 : parent.#heard;
    this.#past = parent === undefined ? 0 : parent.#past;
    this.#apart = parent !== undefined && parent.#apart;
  }

  /** A frame for a branch. */
  branch(): Frame {
    return this.world.adopt(new Frame(this.world, `${this.name}.${++this.#branches}`, this.member, this));
  }

  /** A frame for what the module calls, which may go on when this frame does: with what context is of no interest. */
  apart(): Frame {
    const frame = this.branch();
    frame.#apart = true;
    return frame;
  }

  /** Several waits of which some may be left behind. */
  races(): void {
    this.member.murky = true;
  }

  /** The branches are over, or left behind; what they heard was meant for this frame as well. */
  joined(branches: readonly Frame[]): void {
    this.#past = Math.max(this.#past, ...branches.map((branch) => branch.#past));
    // What a branch heard once more was none of this frame's.
    const heard = Math.min(this.#requested(), Math.max(...branches.map((branch) => branch.#heard)));
    this.#heard = Math.max(this.#heard, heard);
  }

  /** The branches threw, all but one of them perhaps left behind. */
  raced(branches: readonly Frame[], error: unknown): void {
    if (!(error instanceof CancelledError)) this.races();
    this.joined(branches);
    this.left(error);
  }

  /** A scope around other waits is over and threw. They have heard its cancel, unless it came when none of them waited. */
  left(error: unknown): void {
    const { heard } = this.#end(String(error));
    this.look();
    this.#check(error);
    if (error instanceof ExceptionGroup) this.#groupFailed();
    if (!(error instanceof CancelledError)) return;
    if (this.#heard === heard) this.#heard++;
    this.#owed = false;
  }

  /** A wait that a cancel need not end, or a scope around other waits, is over and gave something. */
  back(): void {
    this.#end("went on");
    this.look();
  }

  /** A wait for something of the module begins. */
  begin(what: string): void {
    this.world.note(this, what);
    this.#waits.push({ what, time: this.world.loop.time(), heard: this.#heard });
  }

  /** It is over and gave something. */
  went(): void {
    const { what, time } = this.#end("went on");
    this.look();
    // What does not suspend, such as to acquire a free lock, belongs to the same step, and no cancel is heard there.
    const suspended = what.includes("sleep") || this.world.loop.time() > time;
    if (!suspended || this.member.graces-- > 0) return;
    this.member.graces = 0;
    if (this.#isAlone() && !this.#hidden && this.#heard === 0 && this.member.requests > 0) {
      this.world.problem(`${this.name} went on after a cancel that it has not heard`);
    }
    if (this.#owed) this.world.problem(`${this.name} went on after a group that failed during a cancel`);
    this.#owed = false;
  }

  /** It is over and threw. */
  threw(error: unknown): void {
    this.#end(String(error));
    this.look();
    this.#check(error);
    // A deadline opened after the request takes it for its own, as in CPython.
    if (error instanceof TimeoutError && this.#isPending()) this.#hidden = true;
    if (!(error instanceof CancelledError)) return;
    this.#owed = false;
    this.#heard++;
    // What lost a race goes on as a task of its own when the task is done, and is cancelled as such.
    if (this.#heard > this.#most() && !this.member.task.done()) {
      this.world.problem(`${this.name} heard ${this.#heard} cancels of ${this.#most()}`);
    }
  }

  /** A wait for the host with the task's signal is over and threw. Others in this task may have been meant. */
  threwOfHost(error: unknown): void {
    if (this.#isAlone()) this.threw(error);
    else this.left(error);
  }

  /**
   * A wait for another task, or for a scope, is over and threw. It is heard as this frame's own cancel only if one is due: another's
   * CancelledError looks the same. Gives whether it was this frame's.
   */
  threwOf(error: unknown): boolean {
    this.#end(String(error));
    this.look();
    this.#check(error);
    const pending = this.#isPending();
    // The other took the cancel that was passed on to it: whatever it gave for it is all that comes.
    if (pending) this.#heard++;
    if (error instanceof CancelledError) this.#owed = false;
    return this.world.isCancel(error) && (pending || !(error instanceof CancelledError));
  }

  /** A wait for another task is over and gave a value: that may have taken a cancel with it. */
  wentOf(): void {
    if (this.#isPending()) this.#hidden = true;
    this.back();
  }

  /** Whether it waits for something that certainly suspends. */
  isSleeping(): boolean {
    return this.#waits.at(-1)?.what.includes("sleep") ?? false;
  }

  /** The signal of its task. */
  signal(): AbortSignal {
    const { signal } = this.member.task;
    this.member.signalled = true;
    // Aborted beforehand, it tells of a cancel that the next await of the module tells of again; in a branch, it also tells
    // of a deadline in another one, if that is all that the module knows of.
    if (signal.aborted || !this.root) this.races();
    return signal;
  }

  open(scope: Scope): void {
    this.#scopes.push(scope);
  }

  close(scope: Scope): void {
    this.#scopes.splice(this.#scopes.indexOf(scope), 1);
    this.#past += scope.sent();
    // Whoever takes back the last request takes back what is owed.
    if (this.member.task.cancelling() === 0) this.#owed = false;
  }

  /** Sets the context variable. */
  set(value: number): void {
    // What lost a race may be a task of its own by now.
    if (this.#apart || (!this.root && this.member.murky)) return;
    this.member.value = value;
    this.world.variable.set(value);
  }

  /** A cleanup begins; gives what is called when it is over. */
  cleanup(): () => void {
    this.world.cleanups++;
    return () => void this.world.cleanups--;
  }

  /** The waits that have not ended. */
  pendingWaits(): readonly string[] {
    return this.#waits.map(({ what }) => what);
  }

  /** Whether the task ended without a word of the cancels that the program sent it. */
  checkEnd(): void {
    const { task, requests } = this.member;
    if (requests === 0 || this.#heard > 0 || this.#hidden || !this.#isAlone() || task.cancelled()) return;
    // An error in the step of the cancel itself is all that comes of the task, as in CPython.
    if (task.exception() === undefined) {
      this.world.problem(`${this.name} never heard its cancel, and ended as ${task}`);
    }
  }

  /** A group threw errors of its tasks. CPython then asks anew for a cancel from outside, for nobody may hear of it. */
  #groupFailed(): void {
    if (this.member.task.cancelling() === 0) return;
    this.#past++;
    this.#owed = this.#isAlone();
  }

  #end(how: string): Wait {
    const wait = this.#waits.pop() ?? { what: "nothing", time: 0, heard: 0 };
    this.world.note(this, `${wait.what}: ${how}`);
    return wait;
  }

  #isPending(): boolean {
    return this.#heard < this.#requested();
  }

  /** How many cancels it should have heard by now. */
  #requested(): number {
    const { task } = this.member;
    const sent = this.#past + task.cancelling();
    // Open scopes of a frame alone in its task count among the requests to the task.
    return this.#isAlone() ? sent : this.#scopes.reduce((sum, scope) => sum + scope.sent(), sent);
  }

  /** How many it may have heard: each once more where the host hides what became of it. */
  #most(): number {
    return this.#isAlone() ? this.#requested() : 2 * this.#requested();
  }

  #isAlone(): boolean {
    return this.root && !this.member.murky;
  }

  /** After each wait: who runs, and in which context. */
  look(): void {
    if (!this.root || this.member.task.done()) return;
    const { world, member } = this;
    const current = world.currentTask();
    if (current !== this.member.task) world.problem(`${this.name} runs as ${current}`);
    const value = world.variable.get();
    if (value !== member.value) world.problem(`${this.name} has ${value} in its context, not ${member.value}`);
  }

  #check(error: unknown): void {
    if (error === undefined || isKnown(error)) return;
    this.world.problem(`${this.name} met ${error instanceof Error ? error.stack : error}`);
  }
}
