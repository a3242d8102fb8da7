/**
 * What Node knows of its own idleness.
 *
 * @module
 */
import "../../loop/one_part.ts";
import type { IdleHost } from "../idle.ts";
import { activeResources, beforeExit, othersHearSignals } from "../shared/idle.ts";

/** Node, which tells exactly, and at any time. */
export const nodeIdle: IdleHost = {
  tells: "always",
  whenNothingLeft: beforeExit,
  othersHearSignals,
  isBusy: () => activeResources() > 0,
};
