/**
 * The lazy awaitables that are made most often: they tell of themselves only while debug mode is on.
 *
 * A free lock is taken in ten nanoseconds, of which a look at whether somebody wants to hear of it would be two. So these methods are put in place of
 * the original ones for as long as debug mode is on.
 *
 * @module
 */
import { Queue } from "../queues/queue.ts";
import { Event } from "../sync/event.ts";
import { Lock } from "../sync/lock.ts";
import { Semaphore } from "../sync/semaphore.ts";
import { noteLazy } from "./lazies.ts";

type Method = (this: unknown, ...args: unknown[]) => object;

interface Noted {
  readonly owner: Record<string, Method>;
  readonly name: string;
  readonly original: Method;
  readonly noting: Method;
}

function noted(
  { name: className, prototype }: { readonly name: string; readonly prototype: object },
  name: string,
): Noted {
  const owner = prototype as Record<string, Method>;
  const original = owner[name] as Method;
  const text = `${className}.${name}()`;
  const noting = function (this: unknown, ...args: unknown[]): object {
    const lazy = original.apply(this, args);
    noteLazy(lazy, text);
    return lazy;
  };
  return { owner, name, original, noting };
}

const methods: readonly Noted[] = [
  noted(Lock, "acquire"),
  noted(Semaphore, "acquire"),
  noted(Event, "wait"),
  noted(Queue, "get"),
  noted(Queue, "put"),
];

/** Has them tell of themselves, or not. A method that somebody else has replaced meanwhile stays as it is. */
export function noteHotLazies(enabled: boolean): void {
  for (const { owner, name, original, noting } of methods) {
    const [from, to] = enabled ? [original, noting] : [noting, original];
    if (owner[name] === from) owner[name] = to;
  }
}
