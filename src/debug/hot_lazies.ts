/**
 * The lazy awaitables that are made most often: they report themselves only while debug mode is on.
 *
 * A look at whether somebody wants to hear of it would be a fifth of what taking a free lock costs. So these methods are put in place of the
 * original ones for as long as debug mode is on.
 *
 * @module
 */
import { debugging, type HotMethods } from "../core/current.ts";
import type { Lock } from "../sync/lock.ts";
import { noteLazy } from "./lazies.ts";
import { noteLock } from "./leaks.ts";
import { Kinds } from "./places.ts";

type Method = (this: unknown, ...args: unknown[]) => object;

interface Noted {
  readonly owner: Record<string, Method>;
  readonly name: string;
  readonly original: Method;
  readonly noting: Method;
}

/** Of each method for good: debug mode begins and ends with each program, and functions keep by these what they have made. */
const kindsOf = new WeakMap<Method, Kinds>();

function noted({ name: className, prototype }: HotMethods["of"], name: string): Noted {
  const owner = prototype as Record<string, Method>;
  const original = owner[name] as Method;
  const isLock = className === "Lock";
  const text = `${className}.${name}()`;
  let kinds = kindsOf.get(original);
  if (kinds === undefined) kindsOf.set(original, kinds = new Kinds());
  const noting = function (this: unknown, ...args: unknown[]): object {
    const lazy = original.apply(this, args);
    const place = noteLazy(lazy, text, kinds);
    if (isLock && place !== null) noteLock(this as Lock, place);
    return lazy;
  };
  return { owner, name, original, noting };
}

const replaced: Noted[] = [];

/** Has the methods of a class report what they make, as long as debug mode is on. */
export function replaceHotMethods({ of, names }: HotMethods): void {
  for (const name of names) {
    const one = noted(of, name);
    one.owner[name] = one.noting;
    replaced.push(one);
  }
}

/** The same of all classes of which there is an object. */
export function beginHotLazies(): void {
  debugging.hot.forEach(replaceHotMethods);
}

/** Puts the original methods back. One that somebody else has replaced meanwhile stays as it is. */
export function endHotLazies(): void {
  for (const { owner, name, original, noting } of replaced.splice(0)) {
    if (owner[name] === noting) owner[name] = original;
  }
}
