/**
 * A function that was to be a coroutine, and is a plain one.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { call, createTask, forEach, type LazyAwaitable, run, sleep, timeout } from "../../mod.ts";

async function messageOf(main: () => PromiseLike<unknown>): Promise<string> {
  try {
    await main();
  } catch (error) {
    return String(error);
  }
  return "nothing was thrown";
}

const INSTEAD = "Write it as a generator or async function, or return a coroutine.";

describe("A function that returns nothing to run", () => {
  const nothing = (() => {}) as unknown as () => Promise<void>;
  const work = (() => 5) as unknown as () => Promise<void>;

  it("is told by what it returned, as main and as a task", async () => {
    assertEquals(
      await messageOf(() => run(nothing)),
      `TypeError: Cannot make a task of nothing(): the function returned undefined. ${INSTEAD}`,
    );
    for (const form of [async () => await createTask(work), () => createTask(work)]) {
      const message = await messageOf(() => run(async () => await form()));
      assertEquals(message, `TypeError: Cannot make a task of work(): the function returned the number 5. ${INSTEAD}`);
    }
  });

  it("is told as a body and as what is called, in either form", async () => {
    const forms: Record<string, () => LazyAwaitable<void>> = {
      "run nothing() as the body of timeout()": () => timeout(10, nothing),
      "call nothing()": () => call(nothing),
    };
    for (const [what, make] of Object.entries(forms)) {
      const wanted = `TypeError: Cannot ${what}: the function returned undefined. ${INSTEAD}`;
      assertEquals(await messageOf(() => run(async () => void await make())), wanted);
      assertEquals(
        await messageOf(() =>
          run(function* () {
            yield* make();
          })
        ),
        wanted,
      );
    }
  });

  it("may be the body of forEach(), which awaits nothing then", async () => {
    const seen: number[] = [];
    const items = async function* () {
      yield 1;
      await sleep(1);
      yield 2;
    };
    await run(function* () {
      yield* forEach(items(), (item) => void seen.push(item));
      yield* forEach([3], (item) => seen.push(item));
    });
    await run(async () => {
      await forEach(items(), (item) => void seen.push(item));
      await forEach([4], (item) => sleep(1, item).then((value) => void seen.push(value)));
    });
    assertEquals(seen, [1, 2, 3, 1, 2, 4]);
  });
});
