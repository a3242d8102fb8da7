/**
 * What a peer is.
 */
import type { Program } from "../harness/samples.ts";
import type { SharedId } from "../programs/rows.ts";

/** What a peer can do. */
export interface Peer {
  /** Its programs; what it has no words for is missing. */
  readonly programs: Partial<Record<SharedId, Program>>;
  /** Makes so many tasks that sleep for an hour; resolves with what cancels them all and tells how many are left. */
  readonly asleep?: (count: number) => Promise<() => Promise<number>>;
}
