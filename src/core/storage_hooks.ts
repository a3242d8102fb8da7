/**
 * Tasks that carry the AsyncLocalStorage of others.
 *
 * @module
 */
import { takeSnapshot } from "./async_storage.ts";
import type { Loop } from "./contract.ts";
import { runningLoops } from "./current.ts";
import { runningTask } from "./current_code.ts";
import type { AroundStep, TaskHooks } from "./task_hooks.ts";
import type { CreateTaskOptions } from "./task_options.ts";

/** Of a task whose every step runs with each AsyncLocalStorage of the program as it was when the task was made. */
export class StorageHooks implements TaskHooks {
  readonly carriesStorage = true;
  readonly makeVars = null;
  aroundStep: AroundStep | null = null;
  #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  getName(): string {
    return this.#name;
  }

  setName(name: string): void {
    this.#name = name;
  }

  returned(): void {}

  raised(): void {}
}

/**
 * Takes the snapshot for the steps that come, unless the first one has set it. An eager first step is in the right storage as it is, and is most
 * often the last one.
 */
export function keepStorage(hooks: TaskHooks): void {
  hooks.aroundStep ??= takeSnapshot() as AroundStep;
}

let expected = false;

/** Whether there may be a task of the kind: until then nobody looks for one. */
export function anySnapshots(): boolean {
  return expected;
}

/** There will be such tasks; loops that run already are told. */
export function expectSnapshots(): true {
  if (!expected) { for (const loop of runningLoops()) loop._mayKeepStorage = true; }
  return expected = true;
}

/** Whether a task is to be such a one: its options say so, or else the loop, or the task in which it is made: its children are like it. */
export function keepsStorage(options: CreateTaskOptions | undefined, loop: Loop): boolean {
  const keeps = options?.asyncLocalStorage ?? (loop._keepsStorage || runningTask()?._carriesStorage() === true);
  return keeps && expectSnapshots();
}
