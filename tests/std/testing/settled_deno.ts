/**
 * The end of what a test has set going on Deno.
 *
 * A test may end while a connection that it has closed, or a process that it has killed, is about to be over. On a machine that is busy the
 * sanitizers find that, and call it a leak of this test or of the next one. So they look when that had time to end. Timers are not waited for,
 * since nothing but the program ends one; but those whose time has come have had their turn, which is late there as well.
 *
 * @module
 */

/** What is used of the inside of Deno, since nothing public tells it. */
interface Core {
  eventLoopHasMoreWork?(): boolean;
  hasPromise?(operation: number): boolean;
  resources?(): Record<number, string>;
}

/** So long, in milliseconds, a test may have something that is about to end. */
const PATIENCE = 3_000;

/** Operations are numbered one after the other. No file of tests has more. */
const MOST_OPERATIONS = 2_000_000;

const core = findCore();

/** Looks at what goes on, and returns what waits until no more than that does, but not for ever. */
export function settling(): () => Promise<void> {
  if (core === null) return timersTurn;
  const { eventLoopHasMoreWork, resources } = core;
  const isIdle = () => !eventLoopHasMoreWork();
  const [operations, opened] = [isIdle() ? 0 : pending(core), size(resources())];
  return async () => {
    const end = performance.now() + PATIENCE;
    const isSettled = () => size(resources()) <= opened && (isIdle() || pending(core) <= operations);
    do await timersTurn(); while (!isSettled() && performance.now() < end);
  };
}

/** Resolves when all timers have rung that were due before. */
function timersTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

function pending({ hasPromise }: Required<Core>): number {
  let count = 0;
  for (let operation = 0; operation < MOST_OPERATIONS; operation++) if (hasPromise(operation)) count++;
  return count;
}

function size(resources: Record<number, string>): number {
  return Object.keys(resources).length;
}

function findCore(): Required<Core> | null {
  const { internal } = Deno as unknown as { readonly internal?: symbol };
  if (internal === undefined) return null;
  const inside = (Deno as unknown as Record<symbol, { readonly core?: Core } | undefined>)[internal];
  const { eventLoopHasMoreWork, hasPromise, resources } = inside?.core ?? {};
  if (eventLoopHasMoreWork === undefined || hasPromise === undefined || resources === undefined) return null;
  return { eventLoopHasMoreWork, hasPromise, resources };
}
