/**
 * The numbers by which loops and tasks are known outside of the program.
 *
 * @module
 */

/** Given when somebody looks at them for the first time. */
const ids = new WeakMap<object, number>();
let last = 0;

/** The number of a loop, a task or another future. */
export function idOf(of: object): number {
  let id = ids.get(of);
  if (id === undefined) ids.set(of, id = ++last);
  return id;
}
