/**
 * p-queue: limits how many jobs run at once.
 */
import { AT_ONCE, CREATED, JOBS } from "../programs/counts.ts";
import { load } from "./packages.ts";
import type { Peer } from "./peer.ts";

interface PQueuePackage {
  default: new (options: { concurrency: number }) => {
    add<T>(job: () => Promise<T>): Promise<T>;
    onIdle(): Promise<void>;
  };
}

const { default: PQueue } = await load<PQueuePackage>("p-queue");

// deno-lint-ignore require-await
const one = async () => 1;
const job = async () => {
  await null;
};

/** What it does. */
export const peer: Peer = {
  programs: {
    create: async () => {
      const queue = new PQueue({ concurrency: AT_ONCE });
      for (let i = 0; i < CREATED; i++) await queue.add(one);
    },

    jobs: async () => {
      const queue = new PQueue({ concurrency: AT_ONCE });
      for (let i = 0; i < JOBS; i++) queue.add(job);
      await queue.onIdle();
    },
  },
};
