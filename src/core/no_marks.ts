/**
 * What is used where the host cannot follow an async function through its `await`s, as in a browser.
 *
 * @module
 */
import type { AsyncFrame, AsyncMarks, AsyncSnapshot } from "../adapters/async_marks.ts";
import { NotSupportedError } from "./errors.ts";

/** Calls functions without a mark. It refuses async ones: nothing would tell to which task they belong after an `await`. */
export class NoMarks<M> implements AsyncMarks<M> {
  run<R>(mark: M | undefined, callback: () => R): R {
    if (mark === undefined) return callback();
    if (Object.prototype.toString.call(callback) === "[object AsyncFunction]") throw refused();
    const made = callback();
    if (made instanceof Promise) throw refused();
    return made;
  }

  capture(): AsyncFrame {
    return undefined;
  }

  runIn<R>(_frame: AsyncFrame, mark: M | undefined, callback: () => R): R {
    return this.run(mark, callback);
  }

  get(): undefined {
    return undefined;
  }

  snapshot(): AsyncSnapshot {
    return (callback) => callback();
  }
}

function refused(): NotSupportedError {
  return new NotSupportedError(
    "Cannot run an async function as a task: this runtime has no AsyncLocalStorage. Write it as a generator function.",
  );
}
