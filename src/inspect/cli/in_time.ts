/**
 * Waits that have an end.
 *
 * @module
 */

/** Whether a promise settles in so many milliseconds; a rejection is passed on. Nobody else needs to hear of it if it is rejected later. */
export async function inTime(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), milliseconds);
  const settled = promise.then(() => true);
  settled.catch(() => {});
  try {
    return await Promise.race([settled, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
