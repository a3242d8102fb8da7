/**
 * What there is where nothing follows an async function through its `await`s, as in a browser.
 *
 * @module
 */
import type { Frame, Marks, Snapshot } from "./async_marks.ts";
import { NotSupportedError } from "./errors.ts";

/** Calls functions without a mark, and refuses those that go on after they have returned: nobody would know whose they are. */
export class NoMarks<M> implements Marks<M> {
  run<R>(mark: M | undefined, callback: () => R): R {
    if (mark === undefined) return callback();
    if (Object.prototype.toString.call(callback) === "[object AsyncFunction]") throw refused();
    const made = callback();
    if (made instanceof Promise) throw refused();
    return made;
  }

  capture(): Frame {
    return undefined;
  }

  runIn<R>(_frame: Frame, mark: M | undefined, callback: () => R): R {
    return this.run(mark, callback);
  }

  get(): undefined {
    return undefined;
  }

  snapshot(): Snapshot {
    return (callback) => callback();
  }
}

function refused(): NotSupportedError {
  return new NotSupportedError(
    "Cannot run an async function as a task: this runtime has no AsyncLocalStorage. Write it as a generator function.",
  );
}
