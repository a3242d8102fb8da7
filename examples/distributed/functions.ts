/**
 * Functions that run wherever there is a worker.
 *
 * @module
 */
import process from "node:process";
import { type Coroutine, sleep } from "@loop/asyncio";
import { failures, progress } from "./queue_worker.ts";

/** How many primes there are below a number. */
export function countPrimes(below: number): number {
  let count = 0;
  for (let n = 2; n < below; n++) {
    let prime = true;
    for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0;
    if (prime) count++;
  }
  return count;
}

/** Counts them in parts, and says after each how far it is. */
export function* countSlowly(parts: number): Coroutine<string> {
  for (let part = 1; part <= parts; part++) {
    yield* sleep(5);
    yield* progress(`${part} of ${parts}`);
  }
  return "counted";
}

/** Fails the first times. */
export async function flaky(times: number): Promise<string> {
  await sleep(1);
  if (failures() < times) throw new Error(`Failure ${failures() + 1}.`);
  return `succeeded after ${failures()} failures`;
}

/** Never succeeds. */
export function fails(): never {
  throw new RangeError("It never succeeds.");
}

/** Waits for ever, and says when it has begun and when it was cancelled. */
export function* forever(): Coroutine<void> {
  try {
    yield* progress("begun");
    yield* sleep(Infinity);
  } finally {
    yield* progress("cancelled");
  }
}

/** Takes its time, and says in which process it runs. */
export function* stay(): Coroutine<number> {
  yield* progress(process.pid);
  yield* sleep(500);
  return process.pid;
}
