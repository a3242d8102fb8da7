/**
 * The end of a process that nobody needs any more.
 *
 * @module
 */
import type { Coroutine } from "../core/suspend.ts";
import { sleep } from "../tasks/sleep.ts";
import type { ProcessTransport } from "./process_transport.ts";

/**
 * Milliseconds before the first look at whether anything of a group is left, and the most between two: nobody tells the end of its other
 * processes, and looking costs something.
 */
const FIRST_CHECK = 10;
const LATER_LOOK = 200;

/**
 * Asks the process to end, kills it if it has not after the grace period, and closes its pipes. Whoever else has these open, such as a
 * process that it has started, is not waited for. A cancel meanwhile cuts the grace period short.
 */
export function* endProcess(transport: ProcessTransport, gracePeriod: number): Coroutine<void> {
  try {
    if (gracePeriod > 0 && transport.askToEnd()) yield* waitForEnd(transport, gracePeriod);
  } finally {
    transport.close();
  }
  const end = transport.untilEnd();
  if (end !== null) yield* end;
}

function* waitForEnd(transport: ProcessTransport, gracePeriod: number): Coroutine<void> {
  const loop = transport.loop;
  const deadline = loop.time() + gracePeriod;
  const exit = transport.untilExit();
  if (exit !== null) {
    const timer = gracePeriod < Infinity
      ? loop.callAt(deadline, () => {
        if (!exit.done()) exit.setResult();
      })
      : null;
    try {
      yield* exit;
    } finally {
      timer?.cancel();
    }
  }
  for (
    let pause = FIRST_CHECK;
    transport.isAlive() && loop.time() < deadline;
    pause = Math.min(2 * pause, LATER_LOOK)
  ) {
    yield* sleep(Math.min(pause, deadline - loop.time()));
  }
}
