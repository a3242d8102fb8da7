/**
 * A stand-in for `@std/testing/mock`: the same names and signatures, only what the tests use.
 *
 * @module
 */

import { assertEquals, AssertionError, assertIsError, assertStrictEquals } from "@std/assert";

/** One call of a spy. */
export interface SpyCall<Self = unknown, Args extends unknown[] = unknown[], Return = unknown> {
  /** What it was called with. */
  args: Args;
  /** What it gave. */
  returned?: Return;
  /** What it threw. */
  error?: unknown;
  /** What it was called on. */
  self?: Self;
}

/** A function that remembers its calls. */
export interface Spy<Self = unknown, Args extends unknown[] = unknown[], Return = unknown> {
  /** Calls what it stands for. */
  (this: Self, ...args: Args): Return;
  /** What it stands for. */
  original: (this: Self, ...args: Args) => Return;
  /** Every call, in order. */
  calls: SpyCall<Self, Args, Return>[];
  /** Whether the method that it replaced is back. */
  restored: boolean;
  /** Puts the method that it replaced back. */
  restore(): void;
}

/** A spy in the place of a method, put back at the end of a `using` block. */
export interface MethodSpy<Self = unknown, Args extends unknown[] = unknown[], Return = unknown>
  extends Spy<Self, Args, Return>, Disposable {}

/** A spy in the place of a method, which does something else. */
export interface Stub<Self = unknown, Args extends unknown[] = unknown[], Return = unknown>
  extends MethodSpy<Self, Args, Return> {
  /** What it does instead. */
  fake: (this: Self, ...args: Args) => Return;
}

type ArgumentsOf<Self, Key extends keyof Self> = Self[Key] extends (...args: infer Args) => unknown ? Args : never;
type ReturnOf<Self, Key extends keyof Self> = Self[Key] extends (...args: never[]) => infer Return ? Return : never;

/** A spy that does nothing. */
export function spy<Self, Args extends unknown[]>(): Spy<Self, Args, void>;
/** A spy in front of a function. */
export function spy<Self, Args extends unknown[], Return>(
  func: (this: Self, ...args: Args) => Return,
): Spy<Self, Args, Return>;
/** A spy in front of a method. */
export function spy<Self, Key extends keyof Self>(
  self: Self,
  property: Key,
): MethodSpy<Self, ArgumentsOf<Self, Key>, ReturnOf<Self, Key>>;
export function spy(target?: unknown, property?: PropertyKey): unknown {
  if (property !== undefined) return replace(target as object, property, method(target as object, property));
  return record((target ?? (() => {})) as Func, () => {
    throw new Error("Cannot restore a spy that replaced nothing. Restore spies of methods only.");
  });
}

/** Replaces a method by a function that does nothing. */
export function stub<Self, Key extends keyof Self>(
  self: Self,
  property: Key,
): Stub<Self, ArgumentsOf<Self, Key>, ReturnOf<Self, Key>>;
/** Replaces a method. */
export function stub<Self, Key extends keyof Self>(
  self: Self,
  property: Key,
  func: (this: Self, ...args: ArgumentsOf<Self, Key>) => ReturnOf<Self, Key>,
): Stub<Self, ArgumentsOf<Self, Key>, ReturnOf<Self, Key>>;
export function stub(self: unknown, property: PropertyKey, func: unknown = () => {}): unknown {
  const fake = func as Func;
  return Object.assign(replace(self as object, property, fake), { fake });
}

/** A function that gives these values, one a call; a value that is an error is thrown. */
export function returnsNext<Return, Self = unknown, Args extends unknown[] = unknown[]>(
  values: Iterable<Return | Error>,
): (this: Self, ...args: Args) => Return {
  const iterator = values[Symbol.iterator]();
  let calls = 0;
  return () => {
    calls++;
    const { value, done } = iterator.next();
    if (done) throw new Error(`Not expected to be called more than ${calls - 1} time(s)`);
    if (value instanceof Error) throw value;
    return value;
  };
}

/** Fails unless the spy was called so often. */
export function assertSpyCalls<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  expectedCalls: number,
): void {
  assertEquals(spy.calls.length, expectedCalls, "Spy not called as much as expected");
}

/** What {@linkcode assertSpyCall} compares. */
export interface ExpectedSpyCall<Self, Args extends unknown[], Return> {
  /** What it was called with. */
  args?: [...Args, ...unknown[]];
  /** What it was called on. */
  self?: Self;
  /** What it gave. */
  returned?: Return;
  /** What it threw. */
  error?: {
    // deno-lint-ignore no-explicit-any
    Class?: new (...args: any[]) => Error;
    msgIncludes?: string;
  };
}

/** Fails unless that call of the spy was as expected. */
export function assertSpyCall<Self, Args extends unknown[], Return>(
  spy: Spy<Self, Args, Return>,
  callIndex: number,
  expected: ExpectedSpyCall<Self, Args, Return> = {},
): void {
  const call = spy.calls[callIndex];
  if (!call) throw new AssertionError("Spy not called as much as expected");
  if (expected.args) assertEquals<unknown>(call.args, expected.args, "Spy not called with expected args");
  if ("self" in expected) assertStrictEquals(call.self, expected.self, "Spy not called as method on expected self");
  if ("returned" in expected) assertEquals(call.returned, expected.returned, "Spy call did not return expected value");
  if (expected.error) {
    assertIsError(call.error, expected.error.Class ?? Error, expected.error.msgIncludes);
  } else if (call.error !== undefined) {
    throw new AssertionError("Spy call did not return expected value, an error was thrown.", { cause: call.error });
  }
}

type Func = (this: unknown, ...args: unknown[]) => unknown;

/** A spy in front of the function. */
function record(original: Func, restore: () => void): Spy {
  const calls: SpyCall[] = [];
  const recorder = function (this: unknown, ...args: unknown[]): unknown {
    const call: SpyCall = { args };
    if (this) call.self = this;
    calls.push(call);
    try {
      return call.returned = original.apply(this, args);
    } catch (error) {
      call.error = error;
      throw error;
    }
  };
  return Object.assign(recorder, { original, calls, restored: false, restore });
}

/** Puts a spy in the place of a method until it is restored. */
function replace(self: object, property: PropertyKey, func: Func): MethodSpy {
  const own = Object.getOwnPropertyDescriptor(self, property);
  const before = method(self, property);
  const replacement: MethodSpy = Object.assign(
    record(func, () => {
      if (replacement.restored) throw new Error("Cannot restore a method twice. Restore it once.");
      if (own) Object.defineProperty(self, property, own);
      else Reflect.deleteProperty(self, property);
      replacement.restored = true;
    }),
    { original: before, [Symbol.dispose]: () => replacement.restored || replacement.restore() },
  ) as MethodSpy;
  Object.defineProperty(self, property, { value: replacement, writable: true, configurable: true });
  return replacement;
}

function method(self: object, property: PropertyKey): Func {
  const found: unknown = Reflect.get(self, property);
  if (typeof found !== "function") {
    throw new Error(`Cannot spy on "${String(property)}": it is not a method. Give the name of a method.`);
  }
  return found as Func;
}
