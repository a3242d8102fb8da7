/**
 * Finds out that a program reads what is different in every run.
 *
 * @module
 */
import { Replacements } from "./fake_globals.ts";

/** Notes what is read while something runs. */
export async function watchImpurities<T>(run: () => Promise<T>): Promise<[result: T, read: string[]]> {
  const read = new Set<string>();
  const put = new Replacements();
  const watch = (target: object, method: string, name: string): void => {
    const real = (target as Record<string, (...args: unknown[]) => unknown>)[method] as (...args: unknown[]) => unknown;
    put.replace(target, method, (...args: unknown[]) => {
      read.add(name);
      return real.apply(target, args);
    });
  };
  const real = Date;
  const watched: DateConstructor = new Proxy(real, {
    construct(target, args, newTarget) {
      if (args.length === 0) read.add("new Date()");
      return Reflect.construct(target, args, newTarget === watched ? target : newTarget) as Date;
    },
  });
  watch(Date, "now", "Date.now()");
  watch(performance, "now", "performance.now()");
  watch(Math, "random", "Math.random()");
  watch(crypto, "randomUUID", "crypto.randomUUID()");
  watch(crypto, "getRandomValues", "crypto.getRandomValues()");
  put.replace(globalThis, "Date", watched);
  try {
    return [await run(), [...read]];
  } finally {
    put.restore();
  }
}
