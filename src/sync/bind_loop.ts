/**
 * Each primitive belongs to one loop: the one that the first task to wait for it runs on.
 *
 * @module
 */
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { RuntimeError } from "../core/errors.ts";
import { requireLoop } from "../core/running.ts";

/** What remembers the loop that it belongs to; null until somebody has to wait. */
export interface LoopBound {
  /** @internal */
  _loop: BaseEventLoop | null;
}

/**
 * Binds a primitive to the running loop, before a task is queued.
 *
 * @throws {RuntimeError} if it belongs to another loop already
 */
export function bindLoop(primitive: LoopBound): void {
  const loop = requireLoop("wait here");
  if (primitive._loop === null) primitive._loop = loop;
  else if (primitive._loop !== loop) {
    throw new RuntimeError(
      `Cannot wait for ${primitive} here: it is bound to a different event loop, where a task waited for it first. ` +
        "Make one for each loop.",
    );
  }
}
