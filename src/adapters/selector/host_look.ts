/**
 * Having the runtime look at everything that it waits for, while sockets of the selector are busy.
 *
 * @module
 */

import { noteLook, plainHop } from "../shared/timers.ts";
import { watchEventfd } from "./host_watch.ts";
import type { Library } from "./library.ts";
import { EFD_CLOEXEC, EFD_NONBLOCK } from "./linux.ts";

/** Has the runtime look at what it waits for. */
export interface HostLook {
  /** Calls back in the turn after it has looked. One at a time; the program goes on until then. */
  look(callback: () => void): void;
  /** Ends it: nobody is called back any more. */
  close(): void;
}

/** What is added to an eventfd. */
const ONE = /* @__PURE__ */ new Uint8Array(new BigUint64Array([1n]).buffer);

function nothing(): void {}

/**
 * As long as an immediate is ready, Deno looks at what it waits for in one of 61 turns (quirk `rare-polls`), and empty turns up to there cost five
 * times as much as this, and far more in the middle of a garbage collection, of which Deno does a part in each turn. So nothing is ready for once,
 * and an eventfd ends the look at once. Null where no look is needed, or none can be had.
 */
export function openHostLook(library: Library): HostLook | null {
  if (!("Deno" in globalThis)) return null;
  const eventfd = library.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (eventfd < 0) return null;
  let called = nothing;
  const seen = (): void => {
    watch.letGo();
    noteLook();
    called();
  };
  const watch = watchEventfd(eventfd, seen, () => library.close(eventfd));
  const ask = (): void => {
    if (called === nothing) return;
    watch.hold();
    if (library.write(eventfd, ONE, ONE.length) < 0) plainHop(seen);
  };
  // After the second turn it has read to the end: quirk `eager-pipes`.
  const askSoon = (): void => plainHop(ask);
  return {
    look(callback) {
      called = callback;
      plainHop(askSoon);
    },
    close() {
      called = nothing;
      watch.close();
    },
  };
}
