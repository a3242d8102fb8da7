/** A grant that meets a cancel is had by the task, or is there for the next; and the cancel is heard. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Coroutine, createTask, getRunningLoop, sleep, type Task } from "../../mod.ts";
import { play } from "../core/play.ts";
import { type Grant, GRANTS } from "./grants.ts";
import { HOST_MOMENTS, LOOP_MOMENTS, type Moment, turn, type Way, WAYS } from "./moments.ts";

/** An end for each wait: what is granted is granted at once. */
const LONG = 10_000;

/** What a task did: `got` or `no`. Throws if something is lost. */
async function meet(
  make: () => Grant,
  moment: Moment,
  start: (grant: Grant, got: () => void) => Task<unknown>,
): Promise<string> {
  const grant = make();
  let got = 0;
  const task = start(grant, () => void got++);
  await sleep(1);
  moment.meet(() => grant.grant(), () => assert(task.cancel(), "the task is pending"));
  await sleep(1);
  await turn();
  const error = await Promise.race([task.then(() => null, (error: unknown) => error), sleep(LONG, "hangs")]);
  assertEquals(grant.lost(), null, moment.name);
  assert(task.cancelled(), `${moment.name}: the cancel is lost, and the task ends with ${error}`);
  return got === 0 ? "no" : "got";
}

function startAsync(way: Way, eager: boolean): (grant: Grant, got: () => void) => Task<unknown> {
  return (grant, got) => {
    const source = async () => {
      const value = await way.asynchronous(() => grant.wait());
      got();
      grant.got(value);
      await sleep(LONG);
    };
    return eager ? getRunningLoop().createTask(source, { eagerStart: true }) : createTask(source);
  };
}

function startGenerator(way: Way): (grant: Grant, got: () => void) => Task<unknown> {
  return (grant, got) =>
    createTask(function* (): Coroutine<void> {
      const value = yield* way.generator!(() => grant.wait());
      got();
      grant.got(value);
      yield* sleep(LONG);
    });
}

async function outcomes(
  make: () => Grant,
  moments: readonly Moment[],
  start: (grant: Grant, got: () => void) => Task<unknown>,
): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const moment of moments) all[moment.name] = await play(async () => await meet(make, moment, start));
  return all;
}

for (const [name, make] of Object.entries(GRANTS)) {
  describe(`A cancel that meets the grant of ${name}`, () => {
    for (const way of WAYS) {
      it(`awaited ${way.name}: nothing is lost at any moment of the loop`, async () => {
        const seen = await outcomes(make, LOOP_MOMENTS, startAsync(way, false));
        assertEquals(await outcomes(make, LOOP_MOMENTS, startAsync(way, true)), seen, "started eagerly");
        if (way.generator === undefined) return;
        assertEquals(seen, await outcomes(make, LOOP_MOMENTS, startGenerator(way)), "as a coroutine");
      });
    }

    for (const way of WAYS) {
      it(`awaited ${way.name}: nothing is lost when the host cancels, be it in the midst of a step`, async () => {
        await outcomes(make, HOST_MOMENTS, startAsync(way, false));
      });
    }
  });
}
