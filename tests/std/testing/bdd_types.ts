/** What the two implementations of `bdd.ts` have in common. */

/** The body of a test, or of a hook. */
export type TestFunction = () => void | Promise<void>;

/** What can be said about a test or a group of tests. */
export interface TestOptions {
  /** Leaves it out. */
  ignore?: boolean;
  /** Leaves everything else out. */
  only?: boolean;
  /** Whether Deno checks that every operation has ended. By default what `deno.json` says. */
  sanitizeOps?: boolean;
  /** Whether Deno checks that every resource was closed. By default what `deno.json` says. */
  sanitizeResources?: boolean;
}

/** Registers a hook of the group that is being described. */
export type Hook = (fn: TestFunction) => void;

/** Registers a test. */
export interface TestForm<F> {
  /** With a name and a body. */
  (name: string, fn: F): void;
  /** With a name, options and a body. */
  (name: string, options: TestOptions, fn: F): void;
}

/** The type of `it`. */
export interface It extends TestForm<TestFunction> {
  /** Only this test. */
  only: TestForm<TestFunction>;
  /** Not this test. */
  ignore: TestForm<TestFunction>;
  /** Not this test. */
  skip: TestForm<TestFunction>;
}

/** The type of `describe`. */
export interface Describe extends TestForm<() => void> {
  /** Only this group. */
  only: TestForm<() => void>;
  /** Not this group. */
  ignore: TestForm<() => void>;
  /** Not this group. */
  skip: TestForm<() => void>;
}

/** All forms of a function that registers, from one that takes every argument. */
export function forms<F>(register: (name: string, options: TestOptions, fn: F) => void) {
  const form = (preset: TestOptions): TestForm<F> => (name: string, optionsOrFn: TestOptions | F, fn?: F) => {
    if (typeof optionsOrFn === "function") register(name, preset, optionsOrFn as F);
    else if (fn !== undefined) register(name, { ...(optionsOrFn as TestOptions), ...preset }, fn);
    else throw new TypeError(`Cannot register "${name}": it has no body. Give a function as the last argument.`);
  };
  return Object.assign(form({}), {
    only: form({ only: true }),
    ignore: form({ ignore: true }),
    skip: form({ ignore: true }),
  });
}
