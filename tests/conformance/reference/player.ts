/**
 * The state of one random program while it runs in a world: its names, its trace, and the steps that await nothing.
 *
 * @module
 */
import { CancelledError } from "../../../mod.ts";
import type { RandomProgram, Step } from "./random_program.ts";
import type { AnyFuture, AnyTask, Source, World } from "./world.ts";

const STEP_LIMIT = 5_000;

/** What a program throws on its own account. */
class Failure extends Error {}

/** Ends a program that runs away. No `try` of a program catches it. */
export class StepLimit extends Error {}

/** Writes a value or an error as the trace does. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (value instanceof Failure || value instanceof CancelledError) return `${value.constructor.name}(${value.message})`;
  if (value instanceof Error) return value.constructor.name;
  return String(value);
}

/** Whether a `try` with that word takes the error. */
export function takes(error: unknown, catches: string): boolean {
  const cancelled = error instanceof CancelledError;
  return catches === "all" || (catches === "cancelled" && cancelled) || (catches === "errors" && !cancelled);
}

/** Makes the coroutines of a program for a player, by their numbers. */
export type Form = (player: Player, program: RandomProgram) => (body: number) => Source;

/** Gathered futures stand under tasks' names, so a name does not tell. */
function isTask(future: AnyFuture): future is AnyTask {
  return "cancelling" in future;
}

/** Runs the steps of one program. */
export class Player {
  readonly trace: string[] = [];
  readonly futures = new Map<string, AnyFuture>();
  readonly world: World;
  readonly #handles = new Map<string, { cancel(): void }>();
  readonly #callbacks = new Map<string, (future: AnyFuture) => void>();
  readonly #source: (body: number) => Source;
  #count = 0;

  constructor(world: World, program: RandomProgram, form: Form) {
    this.world = world;
    this.#source = form(this, program);
  }

  log(text: string): void {
    this.trace.push(`${this.world.time()} ${text}`);
  }

  say(text: string): void {
    this.log(`${this.world.me()}: ${text}`);
  }

  /** What became of a future. */
  state(future: AnyFuture): string {
    if (!future.done()) return "pending";
    if (future.cancelled()) return "cancelled";
    const error = future.exception();
    return error ? `raised ${show(error)}` : `done ${show(future.result())}`;
  }

  /** The bound future of that name. */
  future(name: string): AnyFuture {
    return this.futures.get(name) as AnyFuture;
  }

  /** Makes a task of a body. */
  spawn(body: number, name: string, eager: boolean): AnyTask {
    const task = this.world.createTask(this.#source(body), name, eager);
    this.futures.set(name, task);
    return task;
  }

  /** Counts a step; whether it runs, which it does not if what it awaits is not bound. */
  runs(step: Step): boolean {
    if (++this.#count > STEP_LIMIT) throw new StepLimit();
    return step.do !== "await" || this.futures.has(step.name);
  }

  /** Does a step that awaits nothing. */
  act(step: Step): void {
    const { world } = this;
    switch (step.do) {
      case "note":
        return this.say(step.text);
      case "spawn":
        return void this.spawn(step.body, step.name, step.eager);
      case "future":
        return void this.futures.set(step.name, world.createFuture());
      case "gather": {
        const children = step.names.flatMap((name) => this.futures.get(name) ?? []);
        return void this.futures.set(step.into, world.gather(children, step.all));
      }
      case "callSoon":
        return void this.#handles.set(step.handle, world.callSoon(() => this.log(`soon ${step.label}`)));
      case "throwSoon":
        return void world.callSoon(() => {
          throw new Failure(step.label);
        });
      case "callLater":
        return void this.#handles.set(step.handle, world.callLater(step.time, () => this.log(`later ${step.label}`)));
      case "callAt":
        return void this.#handles.set(step.handle, world.callAt(step.time, () => this.log(`at ${step.label}`)));
      case "cancelHandle":
        return this.#handles.get(step.handle)?.cancel();
      case "throw":
        throw new Failure(step.text);
      default: {
        const future = "name" in step ? this.futures.get(step.name) : undefined;
        if (future !== undefined) this.#use(step as Step & { name: string }, future);
      }
    }
  }

  /** What is done to a bound future. */
  #use(step: Step & { name: string }, future: AnyFuture): void {
    switch (step.do) {
      case "inspect": {
        const requests = isTask(future) ? ` after ${future.cancelling()} requests` : "";
        this.say(`${step.name} is ${this.state(future)}${requests}`);
        break;
      }
      case "uncancel":
        if (isTask(future)) this.say(`uncancel ${step.name}: ${future.uncancel()}`);
        break;
      case "cancel":
        this.say(`cancel ${step.name}: ${step.message === undefined ? future.cancel() : future.cancel(step.message)}`);
        break;
      case "settle":
        future.setResult(this.#count);
        break;
      case "fail":
        future.setException(new Failure(`set ${this.#count}`));
        break;
      case "settleLater": {
        const value = this.#count;
        this.world.callLater(step.delay, () => future.setResult(value));
        break;
      }
      case "callback":
        (future as AnyTask).addDoneCallback(this.#callback(step.label));
        break;
      case "removeCallback":
        this.say(`removed ${(future as AnyTask).removeDoneCallback(this.#callback(step.label))} of ${step.label}`);
        break;
    }
  }

  /** The one callback of a label. */
  #callback(label: string): (future: AnyFuture) => void {
    let made = this.#callbacks.get(label);
    if (made === undefined) {
      made = (future) => this.log(`callback ${label}: ${this.state(future)}`);
      this.#callbacks.set(label, made);
    }
    return made;
  }
}
