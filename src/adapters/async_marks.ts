/**
 * The part of the contract with a runtime that is about async functions: what follows one through its `await`s.
 *
 * @module
 */

/**
 * Runs a function with every AsyncLocalStorage, and the marks, as they were when the snapshot was taken.
 *
 * @category Runtime
 */
export type AsyncSnapshot = <R>(callback: () => R) => R;

/**
 * The values of every AsyncLocalStorage at one place: what the host has for that.
 *
 * @category Runtime
 */
export type AsyncFrame = { readonly "~frame": never } | undefined;

/**
 * A way to mark what a function does, and all that follows from it, with a value of type `M`.
 *
 * @category Runtime
 */
export interface AsyncMarks<M> {
  /** Calls a function under a mark, or under none. */
  run<R>(mark: M | undefined, callback: () => R): R;
  /** The values of every AsyncLocalStorage as they are here, and the mark. */
  capture(): AsyncFrame;
  /** Calls a function with the values of a frame, under another mark or none. Afterwards all values are what they were before. */
  runIn<R>(frame: AsyncFrame, mark: M | undefined, callback: () => R): R;
  /** The mark of this code. */
  get(): M | undefined;
  /** Remembers the mark and every AsyncLocalStorage as they are here. */
  snapshot(): AsyncSnapshot;
}
