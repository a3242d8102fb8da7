import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  ConcurrentFuture,
  ContextVar,
  type Executor,
  getRunningLoop,
  type RemoteFunction,
  run,
  sleep,
} from "../../mod.ts";
import { plain } from "./pools.ts";

/** Writes down what it is asked for, with the value of a variable, and does nothing. */
class Noting implements Executor {
  readonly asked: unknown[] = [];
  readonly #user: ContextVar<string>;

  constructor(user: ContextVar<string>) {
    this.#user = user;
  }

  submit<A extends unknown[], T>(fn: RemoteFunction<A, T>, ...args: A): ConcurrentFuture<T> {
    this.asked.push([fn.name, ...args, this.#user.get()]);
    return new ConcurrentFuture((resolve) => resolve(args.length as T));
  }

  map(): never {
    throw new Error("Nobody asks for it.");
  }

  shutdown(): ConcurrentFuture<void> {
    return new ConcurrentFuture((resolve) => resolve());
  }
}

// In a file of its own: what works on executors is loaded by the first call that a program makes.
describe("The first calls in an executor", () => {
  it("have a future at once, keep their order and their context, and are made although nobody waits", async () => {
    const user = new ContextVar("user", { default: "nobody" });
    const executor = new Noting(user);
    await run(function* () {
      const loop = getRunningLoop();
      loop.setDefaultExecutor(executor);
      user.set("ada");
      const first = loop.runInExecutor(null, plain.add, 1, 2);
      user.set("eve");
      loop.runInExecutor(executor, plain.add, 3, 4);
      const unwanted = loop.runInExecutor(null, plain.add, 5, 6);
      assert(!first.done());
      assert(unwanted.cancel("not needed"));
      assertEquals(yield* first, 2);
      yield* sleep(0);
      loop.runInExecutor(null, plain.add, 7, 8);
    });
    assertEquals(executor.asked.filter((call) => (call as unknown[])[1] !== 5), [
      ["add", 1, 2, "ada"],
      ["add", 3, 4, "eve"],
      ["add", 7, 8, "eve"],
    ]);
  });

  it("are cancelled with the message that their future was", async () => {
    await assertRejects(
      () =>
        run(function* () {
          const loop = getRunningLoop();
          const future = loop.runInExecutor(null, plain.add, 1, 2);
          future.cancel("enough");
          yield* future;
        }),
      CancelledError,
      "enough",
    );
  });
});
