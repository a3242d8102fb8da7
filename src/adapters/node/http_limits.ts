/**
 * How long clients of a server of `node:http` may take.
 *
 * @module
 */

import type { HttpListenOptions } from "../adapter.ts";
import type { NodeHttpLimits } from "./types.ts";

/** The longest time that a timer of Node counts. */
const MAX_TIMER = 2 ** 31 - 1;

/** Node looks at the heads that are still to come from time to time: this often, or more often if they have little time. */
const CHECK_INTERVAL = 5_000;

/** Milliseconds beyond the time that the client knows of: its next request may be on its way. */
const ON_ITS_WAY = 1_000;

/** Translates the limits for Node, which takes 0 for none. */
export function timeLimits({ headTimeout = Infinity, keepAliveTimeout = Infinity }: HttpListenOptions): NodeHttpLimits {
  const head = toTimer(headTimeout);
  const idle = toTimer(keepAliveTimeout);
  const spare = idle > 2 * ON_ITS_WAY ? ON_ITS_WAY : 0;
  return {
    // Node limits the time that a whole request may take to arrive. No other host does, and a long upload is no fault.
    requestTimeout: 0,
    headersTimeout: head,
    connectionsCheckingInterval: head === 0
      ? CHECK_INTERVAL
      : Math.min(CHECK_INTERVAL, Math.max(20, Math.ceil(head / 10))),
    keepAliveTimeout: idle - spare,
    keepAliveTimeoutBuffer: spare,
    // 0 would be a handshake that is too slow at once.
    handshakeTimeout: head === 0 ? MAX_TIMER : head,
  };
}

/** Whole milliseconds that Node can count; 0 for no limit. */
function toTimer(milliseconds: number): number {
  return milliseconds === Infinity ? 0 : Math.min(Math.max(1, Math.ceil(milliseconds)), MAX_TIMER - ON_ITS_WAY);
}
