/**
 * A wait for what all others are on the way to.
 *
 * @module
 */
import { type Coroutine, sleep } from "../../mod.ts";

/** Lets all tasks come as far as they get. A short timer would not do: where the machine is busy it is due before that. */
export function* turns(): Coroutine<void> {
  for (let iteration = 0; iteration < 20; iteration++) yield* sleep(0);
}
