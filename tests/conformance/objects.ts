/**
 * Makes what a program shares between its tasks.
 *
 * @module
 */
import {
  Barrier,
  type BaseEventLoop,
  BoundedSemaphore,
  Condition,
  ContextVar,
  Event,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
  StreamReader,
} from "../../mod.ts";
import type { Program } from "./program.ts";

/** Whatever a program can name as an object. */
export type Primitive =
  | Lock
  | Semaphore
  | Event
  | Condition
  | Queue<number>
  | Barrier
  | StreamReader;

/** What {@linkcode makeObjects} gives. */
export interface Made {
  readonly objects: ReadonlyMap<string, Primitive>;
  readonly contextVariables: ReadonlyMap<string, ContextVar<number>>;
}

const KINDS: Readonly<Record<string, (n: number, loop: BaseEventLoop) => Primitive>> = {
  lock: () => new Lock(),
  semaphore: (n) => new Semaphore(n),
  bounded_semaphore: (n) => new BoundedSemaphore(n),
  event: () => new Event(),
  condition: () => new Condition(),
  queue: (n) => new Queue<number>(n),
  priority_queue: (n) => new PriorityQueue<number>(n),
  lifo_queue: (n) => new LifoQueue<number>(n),
  barrier: (n) => new Barrier(n),
  reader: (n, loop) => new StreamReader({ limit: n, loop }),
};

/** Makes the objects and context variables of a program, before anything of it runs. */
export function makeObjects(loop: BaseEventLoop, program: Program): Made {
  const objects = new Map<string, Primitive>();
  for (const [name, [kind, n]] of Object.entries(program.objects ?? {})) {
    const make = KINDS[kind];
    if (make === undefined) throw new Error(`There is no object of kind ${kind}`);
    objects.set(name, make(n ?? 0, loop));
  }
  const contextVariables = new Map<string, ContextVar<number>>();
  for (const name of program.contextvars ?? []) {
    contextVariables.set(name, new ContextVar<number>(name, { default: 0 }));
  }
  return { objects, contextVariables };
}
