/**
 * This module: the programs of the hot path, and sleeping tasks.
 */
import * as asyncio from "../../mod.ts";
import { ownProgram } from "../programs/row.ts";
import { sharedRows } from "../programs/rows.ts";
import type { Peer } from "./peer.ts";

const { allTasks, createTask, getRunningLoop, run, sleep } = asyncio;

function* sleeper() {
  yield* sleep(3_600_000);
}

/** What it does. */
export const peer: Peer = {
  programs: Object.fromEntries(sharedRows.map((row) => [row.id, ownProgram(row, asyncio)])),

  asleep: (count) => {
    const { promise, resolve } = Promise.withResolvers<() => Promise<number>>();
    const over = run(function* () {
      const stop = getRunningLoop().createFuture<void>();
      const all: asyncio.Task<void>[] = [];
      for (let i = 0; i < count; i++) all.push(createTask(sleeper()));
      yield* sleep(0);
      yield* sleep(0);
      resolve(() => {
        stop.setResult();
        return over;
      });
      yield* stop;
      for (const task of all) task.cancel();
      all.length = 0;
      while (allTasks().size > 1) yield* sleep(0);
      return allTasks().size - 1;
    });
    return promise;
  },
};
