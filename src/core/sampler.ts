/**
 * Instruments that hear of some tasks only.
 *
 * @module
 */
import type { AnyTask } from "./contract.ts";
import type { EndedRequest, Instrument } from "./instruments.ts";

/** What looks at some tasks only of those that end in their first step, in the callback of the host that has brought a request. */
export interface Sampler {
  /** A task was made; of a request, which begins at once, only when it is known that it is to be told. */
  made(task: AnyTask): void;
  /** Whether it has heard of no such task. */
  ignores(task: AnyTask): boolean;
  /** Whether it wants to hear of the step that a task is about to take. */
  wants(task: AnyTask): boolean;
  /** The task has ended in the step, and it was a short one; returns whether no more need be told of it. */
  passes(task: AnyTask): boolean;
  /** A request has ended so. */
  answered(outcome: EndedRequest["outcome"]): void;
}

const samplers = new WeakMap<Instrument, Sampler>();

/**
 * Asks this one what an instrument wants to hear of tasks that end in their first step, if it is the only instrument of its loop: to read the clock
 * is dear on some hosts, and so is all else that is done for each of a hundred thousand a second. It is of this module, and need not be guarded
 * against: it throws nothing, and makes no tasks.
 */
export function sampleFor(instrument: Instrument, sampler: Sampler): void {
  samplers.set(instrument, sampler);
}

/** What was asked so; null if nothing was. */
export function samplerOf(instrument: Instrument): Sampler | null {
  return samplers.get(instrument) ?? null;
}
