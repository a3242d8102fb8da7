/** A context variable that a body or a helper sets stays set in its task, and reaches no other, as in CPython. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ContextVar,
  type Coroutine,
  coroutine,
  createTask,
  forEach,
  fromPromise,
  gather,
  getRunningLoop,
  sleep,
  taskGroup,
  timeout,
  use,
  waitFor,
} from "../../mod.ts";
import { play } from "../core/play.ts";
import { turn } from "./moments.ts";

const variable = new ContextVar<string>("variable", { default: "none" });

/** Sets it in an async function: before a wait, between two, and after the last. */
const setsAsync = async (): Promise<void> => {
  variable.set("before");
  await sleep(0);
  assertEquals(variable.get(), "before");
  variable.set("between");
  await turn();
  assertEquals(variable.get(), "between");
  await sleep(0);
  assertEquals(variable.get(), "between");
  variable.set("after");
};

function* sets(): Coroutine<void> {
  variable.set("before");
  yield* sleep(0);
  variable.set("after");
}

/** What runs in the task: it sees what is set there, and keeps it. */
const INSIDE: Readonly<Record<string, () => PromiseLike<unknown>>> = {
  "a helper": () => setsAsync(),
  "coroutine(async)": () => coroutine(setsAsync)(),
  "coroutine(function*)": () => coroutine(sets)(),
  "the body of timeout()": () => timeout(1_000, setsAsync),
  "a generator as the body of timeout()": () => timeout(1_000, sets),
  "the body of taskGroup()": () => taskGroup(setsAsync),
  "the body of use()": () => use(null, setsAsync),
  "the body of forEach()": () => forEach([1], setsAsync),
  "waitFor() of a coroutine": () => waitFor(coroutine(setsAsync)(), 1_000),
  "scopes in scopes": () => timeout(1_000, async () => await taskGroup(async () => await use(null, setsAsync))),
  "a helper under Promise.all()": () => Promise.all([sleep(1), setsAsync()]),
  "a body that fails": () =>
    timeout(1_000, async () => {
      await setsAsync();
      throw new Error("own");
    }).then(undefined, () => {}),
  "an async generator": async () => {
    async function* items() {
      await setsAsync();
      yield 1;
    }
    for await (const _ of items());
  },
};

/** What runs in a task of its own: it starts with the values of where it was made. */
const OUTSIDE: Readonly<Record<string, () => PromiseLike<unknown>>> = {
  "createTask()": () => createTask(setsAsync),
  "createTask() of a coroutine": () => createTask(sets),
  "group.createTask()": () => taskGroup(async (group) => await group.createTask(setsAsync)),
  "gather()": () => gather(coroutine(setsAsync)(), sleep(0)),
};

describe("A context variable that is set in", () => {
  for (const [name, inside] of Object.entries(INSIDE)) {
    it(`${name} is set afterwards`, async () => {
      await play(async () => {
        variable.set("outer");
        await inside();
        assertEquals(variable.get(), "after");
        await sleep(0);
        assertEquals(variable.get(), "after");
        await turn();
        assertEquals(variable.get(), "after");
      });
    });

    it(`${name}, in a coroutine, is set afterwards`, async () => {
      await play(function* () {
        variable.set("outer");
        yield* coroutine(async () => void await inside())();
        assertEquals(variable.get(), "after");
      });
    });
  }

  for (const [name, outside] of Object.entries(OUTSIDE)) {
    it(`${name} is set in that task alone`, async () => {
      await play(async () => {
        variable.set("outer");
        await outside();
        assertEquals(variable.get(), "outer");
        await sleep(0);
        assertEquals(variable.get(), "outer");
      });
    });
  }

  it("one task is not seen in another that runs between its waits", async () => {
    await play(async () => {
      const worker = async (name: string) => {
        for (let i = 0; i < 5; i++) {
          variable.set(`${name}${i}`);
          await (i % 2 === 0 ? sleep(0) : timeout(10, async () => await sleep(0)));
          assertEquals(variable.get(), `${name}${i}`);
        }
      };
      const tasks = ["a", "b", "c"].map((name) => createTask(() => worker(name)));
      for (const task of tasks) await task;
      assertEquals(variable.get(), "none");
    });
  });

  it("a body is put back by its token", async () => {
    await play(async () => {
      variable.set("outer");
      const token = await timeout(10, async () => {
        const token = variable.set("body");
        await sleep(0);
        return token;
      });
      assertEquals(variable.get(), "body");
      variable.reset(token);
      assertEquals(variable.get(), "outer");
    });
  });

  it("a body is given to the tasks and callbacks that are made there", async () => {
    await play(async () => {
      const seen: string[] = [];
      await taskGroup(async (group) => {
        variable.set("body");
        await sleep(0);
        group.createTask(async () => {
          seen.push(variable.get());
          await sleep(0);
          seen.push(variable.get());
        });
        getRunningLoop().callSoon(() => seen.push(variable.get()));
      });
      assertEquals(seen, ["body", "body", "body"]);
    });
  });

  it("the function that fromPromise() calls is set there", async () => {
    await play(async () => {
      variable.set("outer");
      const seen = await fromPromise(async () => {
        const seen = variable.get();
        await sleep(0);
        return [seen, variable.get()];
      });
      assertEquals(seen, ["outer", "outer"]);
    });
  });
});
