/**
 * Mistakes that the types find. The checker does the work; the functions are never called.
 */
import { describe, it } from "@std/testing/bdd";
import { call, type Coroutine, createTask, forEach, gather, run, sleep, taskGroup } from "../../mod.ts";

function* work(value: number): Coroutine<number> {
  yield* sleep(1);
  return value;
}

/** Each line below its comment is one. */
export async function mistakes(): Promise<void> {
  // @ts-expect-error TS1320: a coroutine is no promise, and `await` would give the generator
  // deno-lint-ignore asyncio/no-await-of-generator
  await work(2);
  // @ts-expect-error a yield without its star
  await run(function* () {
    yield sleep(1);
  });
  // @ts-expect-error a plain function is no coroutine
  createTask(() => 5);
  // @ts-expect-error a promise runs already
  createTask(Promise.resolve(1));
  // @ts-expect-error a group runs what awaits
  await taskGroup((group) => void group.createTask(work(1)));
}

/** What the types must go on to take. */
export async function rightPrograms(): Promise<number> {
  await forEach([1, 2], (item) => console.log(item));
  const [one, two] = await gather(work(1), work(2));
  const three: number = await call(work(3));
  const four: number = await createTask(work(4));
  const unannotated = function* (value: number) {
    return yield* work(value);
  };
  return one + two + three + four + await run(unannotated(5)) + await run(() => unannotated(6));
}

describe("The types", () => {
  it("find the usual mistakes", () => {});
});
