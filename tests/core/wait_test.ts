import { assertEquals, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CancelledError, type Coroutine, createTask, RuntimeError, sleep } from "../../mod.ts";
import { Wait } from "../../src/core/wait.ts";
import { play } from "./play.ts";

/** Says what it is told, and has to wait as long as its hands are empty. */
class Hand extends Wait<string> {
  readonly told: string[] = [];
  item: string | null;

  constructor(item: string | null) {
    super();
    this.item = item;
  }

  override methodName(): string {
    return "take";
  }

  override tryNow(): IteratorReturnResult<string> | null {
    this.told.push("tryNow");
    return this.item === null ? null : { done: true, value: this.item };
  }

  override enter(): void {
    this.told.push("enter");
  }

  override leave(): void {
    this.told.push("leave");
  }

  override gaveUp(granted: boolean): void {
    this.told.push(`gaveUp ${granted}`);
  }
}

/** Lets the others run once before it has something. */
class Polite extends Wait<string> {
  override methodName(): string {
    return "ask";
  }

  override tryNow() {
    return this.letOthersRun();
  }

  override woken(): IteratorReturnResult<string> {
    return { done: true, value: "after you" };
  }
}

function* outcome(hand: Hand): Coroutine<unknown> {
  try {
    return yield* hand;
  } catch (error) {
    return error;
  }
}

describe("A wait", () => {
  it("has its result at once, and enters nothing, if it need not wait", async () => {
    await play(function* () {
      const hand = new Hand("coin");
      assertEquals([yield* hand, hand.told], ["coin", ["tryNow"]]);
    });
  });

  it("enters when its task suspends, leaves when that goes on, and tries again until it has something", async () => {
    await play(function* () {
      const hand = new Hand(null);
      const task = createTask(outcome(hand));
      assertEquals([hand.wake(), hand.told], [false, []]);
      yield* sleep(0);
      assertEquals(hand.wake(), true);
      assertEquals([hand.wake(), hand.cancel(), hand.fail(new Error())], [false, false, false]);
      yield* sleep(0);
      assertEquals(hand.told, ["tryNow", "enter", "leave", "tryNow", "enter"]);
      hand.item = "coin";
      hand.wake();
      assertEquals(yield* task, "coin");
      assertEquals(hand.told.slice(5), ["leave", "tryNow"]);
    });
  });

  it("ends with an error that its owner has for it", async () => {
    await play(function* () {
      const hand = new Hand(null);
      const task = createTask(outcome(hand));
      yield* sleep(0);
      const error = new RangeError("gone");
      assertEquals(hand.fail(error), true);
      assertStrictEquals(yield* task, error);
      assertEquals(hand.told, ["tryNow", "enter", "leave"]);
    });
  });

  it("gives up when it is cancelled while it waits", async () => {
    await play(function* () {
      const hand = new Hand(null);
      const task = createTask(outcome(hand));
      yield* sleep(0);
      task.cancel("enough");
      assertEquals(hand.wake(), false);
      const error = yield* task;
      assertInstanceOf(error, CancelledError);
      assertEquals([error.message, hand.told], ["enough", ["tryNow", "enter", "leave", "gaveUp false"]]);
    });
  });

  it("hands on what it was woken for when its task is cancelled before it goes on", async () => {
    await play(function* () {
      const hand = new Hand(null);
      const task = createTask(outcome(hand));
      yield* sleep(0);
      hand.wake();
      task.cancel();
      assertInstanceOf(yield* task, CancelledError);
      assertEquals(hand.told, ["tryNow", "enter", "leave", "gaveUp true"]);
    });
  });

  it("leaves when its coroutine is closed by hand, and a cancel still wakes the task", async () => {
    await play(function* () {
      const hand = new Hand(null);
      const coroutine = outcome(hand);
      const task = createTask(coroutine);
      yield* sleep(0);
      coroutine.return("closed");
      assertEquals(hand.told, ["tryNow", "enter", "leave", "gaveUp false"]);
      task.cancel();
      assertEquals(yield* task, undefined);
    });
  });

  it("is awaited once", async () => {
    await play(function* () {
      const hand = new Hand("coin");
      yield* hand;
      const error = yield* outcome(hand);
      assertInstanceOf(error, RuntimeError);
      assertEquals(error.message.includes("take() twice"), true, error.message);
      assertEquals(hand.told, ["tryNow"]);
    });
  });

  it("may let the others run once, which is no wait that anybody could wake", async () => {
    await play(function* () {
      const order: string[] = [];
      const polite = new Polite();
      const task = createTask(function* () {
        order.push(yield* polite);
      });
      // deno-lint-ignore require-yield
      createTask(function* () {
        order.push("other");
      });
      yield* sleep(0);
      assertEquals(polite.wake(), false);
      yield* task;
      assertEquals(order, ["other", "after you"]);
    });
  });
});
