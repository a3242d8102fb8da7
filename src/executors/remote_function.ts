/**
 * Functions that run elsewhere. A function cannot travel to another thread or machine, but its name can: the module that exports it,
 * and the name that it is exported by.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import type { CallOptions, RemoteCall, RemoteFunction, RemoteModule } from "../io/executor.ts";

/**
 * The functions of a module, to be called elsewhere: what {@linkcode WorkerPool.module} gives, for those who implement an
 * {@linkcode Executor}. The module is not loaded here, so a function that it does not export is found when it is called.
 *
 * @param url the module's URL
 * @param call makes the calls
 * @throws {TypeError} if it is no URL, or the calls are no function
 *
 * @example Calls that only say what they would do
 * ```ts
 * import { coroutine, remoteModule, run } from "@loop/asyncio";
 * import { assertEquals } from "@std/assert";
 *
 * const say = coroutine(async (name: string, args: readonly unknown[]) => `${name}(${args})`);
 * const { add } = remoteModule<{ add(a: number, b: number): string }>(
 *   "https://example.com/sums.ts",
 *   (fn, args) => say(fn.name, args),
 * );
 * assertEquals(await run(() => add(1, 2)), "add(1,2)");
 * ```
 */
export function remoteModule<M>(url: URL | string, call: RemoteCall): RemoteModule<M> {
  const module = moduleUrl(url, "name a module by");
  if (typeof call !== "function") {
    throw new TypeError(`Cannot call the functions of ${module} by ${describeKind(call)}: give a function.`);
  }
  const made = new Map<string, RemoteFunction>();
  return new Proxy({}, {
    get(_target, name) {
      // Whoever awaits the module, or writes it out, asks for these.
      if (name === Symbol.toPrimitive) return () => `<RemoteModule ${module}>`;
      if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
      let fn = made.get(name);
      if (fn === undefined) made.set(name, fn = remoteFunction(module, name, call, {}, ++functions));
      return fn;
    },
  }) as RemoteModule<M>;
}

/** How many functions there are. */
let functions = 0;

function remoteFunction(
  module: string,
  name: string,
  call: RemoteCall,
  options: CallOptions,
  number: number,
): RemoteFunction {
  const fn = ((...args: unknown[]) => call(fn, args)) as unknown as RemoteFunction;
  Object.defineProperties(fn, {
    name: { value: name },
    module: { value: module },
    options: { value: options },
    with: {
      value: (changed: CallOptions) => {
        checkCallOptions(changed);
        return remoteFunction(module, name, call, { ...options, ...changed }, number);
      },
    },
    "~remote": { value: number },
  });
  return fn;
}

function checkCallOptions(options: CallOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`Cannot call a function with ${describeKind(options)} as its options: give an object.`);
  }
  const { onCancel } = options;
  if (onCancel === undefined || onCancel === "finish" || onCancel === "terminate") return;
  throw new RangeError(`Cannot use ${describeKind(onCancel)} as onCancel: it is "finish" or "terminate".`);
}

/**
 * The URL of a module, as a text.
 *
 * @throws {TypeError} if it is none
 */
export function moduleUrl(url: URL | string, what: string): string {
  if (url instanceof URL) return url.href;
  if (typeof url === "string" && URL.canParse(url)) return url;
  throw new TypeError(
    `Cannot ${what} ${describeKind(url)}: elsewhere it would be another, or none. Give its URL: ` +
      'new URL("./module.ts", import.meta.url).',
  );
}

/**
 * Refuses a function that cannot travel, with what to write instead.
 *
 * @throws {TypeError} if it is no {@linkcode RemoteFunction}
 */
export function checkRemote(fn: unknown, where: string): void {
  if (typeof fn === "function" && (fn as Partial<RemoteFunction>)["~remote"] !== undefined) return;
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot call ${describeKind(fn)} in ${where}: give a function of a module.`);
  }
  const name = /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(fn.name) ? fn.name : "work";
  throw new TypeError(
    `Cannot call ${
      fn.name || "an anonymous function"
    } in ${where}: a function cannot travel to another thread, since what it ` +
      `refers to stays here. Export it from a module, and name it by that: ` +
      `const { ${name} } = threadModule<typeof import("./module.ts")>(new URL("./module.ts", import.meta.url)).`,
  );
}
