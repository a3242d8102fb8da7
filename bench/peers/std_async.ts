/**
 * `@std/async`: helpers over promises. It comes from JSR alone.
 */
import { AT_ONCE, JOBS } from "../programs/counts.ts";
import type { Peer } from "./peer.ts";

/** Where it comes from. */
export const SPECIFIER = "jsr:@std/async@1.5.0";

interface StdAsync {
  pooledMap<T, R>(limit: number, items: Iterable<T>, body: (item: T) => Promise<R>): AsyncIterableIterator<R>;
}

const { pooledMap }: StdAsync = await import(SPECIFIER);

const job = async () => {
  await null;
};

/** What it does. */
export const peer: Peer = {
  programs: {
    jobs: async () => {
      // deno-lint-ignore no-empty
      for await (const _ of pooledMap(AT_ONCE, Array.from({ length: JOBS }, (_, i) => i), job)) {}
    },
  },
};
