/**
 * A cancel that goes through more tasks than the stack has room for.
 *
 * Async code that awaits several things passes a cancel on to one after the other. Where one of them is a task whose code does the same, that is
 * a recursion, and such chains of tasks have no limit. So from a depth on, what comes next is put off until what is under way has returned.
 *
 * @module
 */

/** So many pieces of code may pass a cancel on, one inside the other. */
const DEEPEST = 200;
let depth = 0;
/** What passes the cancel on later, and what is called after the last of it. */
const putOff: (() => void)[] = [];
const atTheEnd: (() => void)[] = [];

/** Whether what comes next is to be put off. */
export function isDeep(): boolean {
  return depth >= DEEPEST;
}

/** Puts it off. */
export function passLater(pass: () => void): void {
  putOff.push(pass);
}

/** Passes a cancel on. `passed` is called when that and everything that it has put off is done. */
export function passNow(pass: () => void, passed: () => void): void {
  depth++;
  try {
    pass();
  } finally {
    depth--;
    if (putOff.length === 0) passed();
    else atTheEnd.push(passed);
    if (depth === 0 && putOff.length > 0) catchUp();
  }
}

/** Does what was put off, and what is put off by that. */
function catchUp(): void {
  const errors: unknown[] = [];
  for (const list of [putOff, atTheEnd]) {
    for (const callback of list) {
      // More than none, so that what is put off from here on is only added to the list.
      depth = 1;
      try {
        callback();
      } catch (error) {
        errors.push(error);
      }
    }
  }
  depth = putOff.length = atTheEnd.length = 0;
  if (errors.length > 0) throw errors[0];
}
