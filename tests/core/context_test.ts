// deno-lint-ignore-file require-yield
import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Context,
  ContextVar,
  copyContext,
  createTask,
  currentTask,
  getRunningLoop,
  RuntimeError,
  sleep,
  Token,
} from "../../mod.ts";
import { failure, play } from "./play.ts";

describe("ContextVar", () => {
  it("gives its value, else the fallback, else the default, else an error", () => {
    const bare = new ContextVar<number>("bare");
    assertThrows(() => bare.get(), RuntimeError, 'Cannot get the context variable "bare"');
    assertEquals(bare.get(5), 5);
    assertEquals(bare.get(undefined), undefined);
    const withDefault = new ContextVar("withDefault", { default: 1 });
    assertEquals(withDefault.get(), 1);
    assertEquals(withDefault.get(5), 5);
    const token = withDefault.set(2);
    assertEquals(withDefault.get(), 2);
    assertEquals(withDefault.get(5), 2);
    withDefault.reset(token);
    assertEquals(withDefault.get(), 1);
  });

  it("may hold undefined, as a value and as a default", () => {
    const variable = new ContextVar<number | undefined>("variable", { default: undefined });
    assertEquals(variable.get(), undefined);
    const token = variable.set(undefined);
    assertEquals(variable.get(5), undefined);
    variable.reset(token);
    assertEquals(variable.get(5), 5);
  });

  it("refuses a name that is no string", () => {
    assertThrows(() => new ContextVar(5 as never), TypeError, "its name must be a string");
    assertThrows(() => new ContextVar("v", { defaultValue: 1 } as never), TypeError, "its options have no default");
    assertThrows(() => new ContextVar("v", "none" as never), TypeError, "its options have no default");
  });

  it("toString() has the name and the default", () => {
    assertEquals(String(new ContextVar("a")), "<ContextVar name='a'>");
    assertEquals(String(new ContextVar("a", { default: 5 })), "<ContextVar name='a' default=5>");
  });
});

describe("Token", () => {
  it("puts back what was there before, once", () => {
    const variable = new ContextVar<number>("variable");
    const first = variable.set(1);
    const second = variable.set(2);
    assert(first instanceof Token);
    assertStrictEquals(first.var, variable);
    assertEquals([first.oldValue, second.oldValue], [undefined, 1]);
    variable.reset(second);
    assertEquals(variable.get(), 1);
    variable.reset(first);
    assertThrows(() => variable.get(), RuntimeError);
    assertThrows(() => variable.reset(first), RuntimeError, "has been used already");
  });

  it("of another variable is refused and stays good", () => {
    const one = new ContextVar<number>("one");
    const two = new ContextVar<number>("two");
    const token = one.set(1);
    assertThrows(() => two.reset(token), RangeError, 'Cannot reset "two": the token is that of "one"');
    one.reset(token);
    assertThrows(() => one.get(), RuntimeError);
  });

  it("of another context is refused and stays good", () => {
    const variable = new ContextVar("variable", { default: 0 });
    const token = variable.set(1);
    assertThrows(() => copyContext().run(() => variable.reset(token)), RangeError, "was made in another context");
    assertEquals(variable.get(), 1);
    variable.reset(token);
    assertEquals(variable.get(), 0);
  });

  it("of a parent task is refused in its child", async () => {
    await play(function* () {
      const variable = new ContextVar("variable", { default: 0 });
      const token = variable.set(1);
      yield* createTask(function* () {
        assertEquals(variable.get(), 1);
        assertThrows(() => variable.reset(token), RangeError);
      });
      variable.reset(token);
      assertEquals(variable.get(), 0);
    });
  });

  it("is good in later steps of its task, also when the context was looked at meanwhile", async () => {
    await play(function* () {
      const variable = new ContextVar("variable", { default: 0 });
      const token = variable.set(1);
      yield* sleep(1);
      currentTask()!.getContext();
      yield* sleep(1);
      variable.reset(token);
      assertEquals(variable.get(), 0);
    });
  });

  it("resets at the end of a block by using", () => {
    const variable = new ContextVar("variable", { default: 0 });
    {
      using _token = variable.set(1);
      assertEquals(variable.get(), 1);
    }
    assertEquals(variable.get(), 0);
  });
});

describe("Context", () => {
  it("new is empty, a copy has what is set here and now", () => {
    const variable = new ContextVar("variable", { default: 0 });
    using _token = variable.set(1);
    assertEquals(new Context().size, 0);
    const copy = copyContext();
    variable.set(2);
    assert(copy.has(variable));
    assertEquals(copy.get(variable), 1);
    assertEquals(variable.get(), 2);
    assertFalse(new Context().has(variable));
    assertEquals(new Context().get(variable), undefined);
  });

  it("iterates over what is set", () => {
    const one = new ContextVar<number>("one");
    const two = new ContextVar<number>("two");
    const context = new Context();
    context.run(() => {
      one.set(1);
      two.set(2);
    });
    assertEquals(context.size, 2);
    assertEquals([...context].map(([variable, value]) => [variable.name, value]), [["one", 1], ["two", 2]]);
  });

  it("run() passes arguments, gives the result and keeps what was set", () => {
    const variable = new ContextVar("variable", { default: 0 });
    const context = new Context();
    const result = context.run(
      (a: number, b: string) => {
        variable.set(a);
        return b + a;
      },
      5,
      "x",
    );
    assertEquals(result, "x5");
    assertEquals(context.get(variable), 5);
    assertEquals(variable.get(), 0);
    assertEquals(context.run(() => variable.get()), 5);
  });

  it("run() leaves the context when its function throws", () => {
    const context = new Context();
    const fails = () => {
      throw new Error("no");
    };
    assertThrows(() => context.run(fails), Error, "no");
    assertEquals(context.run(() => 1), 1);
  });

  it("cannot be entered twice, but its copy can", () => {
    const context = new Context();
    context.run(() => {
      assertThrows(() => context.run(() => {}), RuntimeError, "it is entered already");
      assertEquals(context.copy().run(() => 1), 1);
      assertEquals(String(context), "<Context variables=0 entered>");
    });
    assertEquals(String(context), "<Context variables=0>");
  });

  it("copy() goes its own way", () => {
    const variable = new ContextVar("variable", { default: 0 });
    const context = new Context();
    context.run(() => variable.set(1));
    const copy = context.copy();
    assertNotStrictEquals(copy, context);
    copy.run(() => variable.set(2));
    assertEquals([context.get(variable), copy.get(variable)], [1, 2]);
  });

  it("of a task is one object for all steps, in which its variables show", async () => {
    await play(function* () {
      const variable = new ContextVar("variable", { default: 0 });
      const task = currentTask()!;
      const context = task.getContext();
      variable.set(1);
      yield* sleep(1);
      assertStrictEquals(task.getContext(), context);
      assertEquals(context.get(variable), 1);
      variable.set(2);
      assertEquals(context.get(variable), 2);
    });
  });

  it("of the running task is entered, and is left between its steps", async () => {
    await play(function* () {
      const task = currentTask()!;
      assertThrows(() => task.getContext().run(() => {}), RuntimeError, "it is entered already");
      let ran = false;
      getRunningLoop().callSoon(() => task.getContext().run(() => ran = true));
      yield* sleep(0);
      assert(ran);
      assertThrows(() => task.getContext().run(() => {}), RuntimeError, "it is entered already");
    });
  });

  it("given to two tasks is shared by them", async () => {
    await play(function* () {
      const variable = new ContextVar("variable", { default: 0 });
      const context = new Context();
      function* counts() {
        for (let i = 0; i < 3; i++) {
          variable.set(variable.get() + 1);
          yield* sleep(0);
        }
      }
      const tasks = [createTask(counts, { context }), createTask(counts, { context })];
      for (const task of tasks) yield* task;
      assertEquals(context.get(variable), 6);
    });
  });

  it("inside run() is the one that new tasks and handles copy", async () => {
    await play(function* () {
      const variable = new ContextVar("variable", { default: 0 });
      const seen: number[] = [];
      const context = new Context();
      const task = context.run(() => {
        variable.set(5);
        getRunningLoop().callSoon(() => seen.push(variable.get()));
        return createTask(function* () {
          const value = variable.get();
          variable.set(6);
          return value;
        });
      });
      assertEquals(yield* task, 5);
      assertEquals(seen, [5]);
      assertEquals(context.get(variable), 5);
    });
  });

  it("given to a task that starts eagerly must not be entered", async () => {
    await play(function* () {
      const context = currentTask()!.getContext();
      assertThrows(
        () => createTask(sleep(0), { context, eagerStart: true }),
        RuntimeError,
        "it is entered already",
      );
      assertEquals(yield* createTask(sleep(0, "later"), { context }), "later");
    });
  });

  it("an error in a step leaves the context", async () => {
    const context = new Context();
    const error = await failure(function* () {
      const task = createTask(function* () {
        throw new Error("no");
      }, { context });
      try {
        yield* task;
      } finally {
        assertEquals(context.run(() => 1), 1);
      }
    });
    assertMatch(String(error), /no/);
  });
});
