/** Assertions about what is thrown. */

import { AssertionError, message, show } from "./failure.ts";

/** Any class of errors, abstract ones too. */
type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** Fails unless the value is an error, of the class and with the message that are asked for. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  // deno-lint-ignore no-explicit-any
  ErrorClass?: abstract new (...args: any[]) => E,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E {
  check(error, ErrorClass, msgMatches, msg);
}

/** Fails unless the function throws. Gives what was thrown. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Fails unless the function throws an error of this class whose message holds these words. Gives the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  // deno-lint-ignore no-explicit-any
  ErrorClass: abstract new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  try {
    fn();
  } catch (error) {
    return judge(error, classOrMsg, msgIncludes, msg);
  }
  throw new AssertionError(message("Expected function to throw", typeof classOrMsg === "string" ? classOrMsg : msg));
}

/** Fails unless the promise that the function gives rejects. Gives the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Fails unless the promise rejects with an error of this class whose message holds these words. Gives the error. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  // deno-lint-ignore no-explicit-any
  ErrorClass: abstract new (...args: any[]) => E,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: ErrorClass<Error> | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  const words = typeof classOrMsg === "string" ? classOrMsg : msg;
  let promise: unknown;
  try {
    promise = fn();
  } catch {
    throw new AssertionError(message("Function throws when expected to reject", words));
  }
  if (!isThenable(promise)) {
    throw new AssertionError(message("Function does not give a promise when expected to reject", words));
  }
  try {
    await promise;
  } catch (error) {
    return judge(error, classOrMsg, msgIncludes, msg);
  }
  throw new AssertionError(message("Expected function to reject", words));
}

/** Both forms of the two assertions above, once something was thrown. */
function judge(error: unknown, classOrMsg?: ErrorClass<Error> | string, includes?: string, msg?: string): unknown {
  if (typeof classOrMsg === "function") check(error, classOrMsg, includes, msg);
  return error;
}

function check(error: unknown, ErrorClass?: ErrorClass<Error>, matches?: string | RegExp, msg?: string): void {
  if (!(error instanceof Error)) {
    throw new AssertionError(message(`Expected an Error, but it was ${show(error)}`, msg));
  }
  if (ErrorClass && !(error instanceof ErrorClass)) {
    const found = (error as Error).constructor.name;
    throw new AssertionError(
      message(`Expected error to be instance of "${ErrorClass.name}", but was "${found}"`, msg),
      {
        cause: error,
      },
    );
  }
  const holds = matches === undefined ||
    (typeof matches === "string" ? error.message.includes(matches) : matches.test(error.message));
  if (holds) return;
  throw new AssertionError(
    message(`Expected error message to include ${show(matches)}, but got ${show(error.message)}`, msg),
    { cause: error },
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";
}
