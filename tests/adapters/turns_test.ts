import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Turns } from "../../src/adapters/shared/turns.ts";

/** Calls that end when they are told to. */
class Calls {
  /** Which have begun, in this order. */
  readonly begun: string[] = [];
  readonly #open = new Map<string, PromiseWithResolvers<string>>();

  make(name: string): () => Promise<string> {
    return () => {
      this.begun.push(name);
      const call = Promise.withResolvers<string>();
      this.#open.set(name, call);
      return call.promise;
    };
  }

  end(name: string, error?: Error): Promise<void> {
    if (error === undefined) this.#open.get(name)!.resolve(name);
    else this.#open.get(name)!.reject(error);
    return rest();
  }
}

/** Lets everything go on that can. */
async function rest(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

const never = (): AbortSignal => new AbortController().signal;

describe("Turns", () => {
  it("let so many calls go on at once, and the others when one has ended or failed, in order", async () => {
    const turns = new Turns(2);
    const calls = new Calls();
    const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => turns.take(never(), calls.make(name)));
    assertEquals(calls.begun, ["a", "b"]);
    const failed = assertRejects(() => b!, Error, "bad");
    await calls.end("b", new Error("bad"));
    await failed;
    assertEquals(calls.begun, ["a", "b", "c"]);
    await calls.end("a");
    assertEquals(calls.begun, ["a", "b", "c", "d"]);
    await calls.end("d");
    await calls.end("c");
    assertEquals(await Promise.all([a, c, d]), ["a", "c", "d"]);
  });

  it("never make a call that was given up before its turn, and reject with the signal's reason", async () => {
    const turns = new Turns(1);
    const calls = new Calls();
    const first = turns.take(never(), calls.make("first"));
    const controller = new AbortController();
    const second = turns.take(controller.signal, calls.make("second"));
    const third = turns.take(never(), calls.make("third"));
    controller.abort(new Error("enough"));
    assertStrictEquals(await second.catch((error) => error), controller.signal.reason);
    await calls.end("first");
    await calls.end("third");
    assertEquals(await Promise.all([first, third]), ["first", "third"]);
    assertEquals(calls.begun, ["first", "third"]);
    await assertRejects(() => turns.take(controller.signal, calls.make("late")), Error, "enough");
    assertEquals(calls.begun, ["first", "third"]);
  });

  it("are kept by a call that was given up when it had begun, whatever becomes of it, until it ends", async () => {
    const turns = new Turns(1);
    const calls = new Calls();
    const controller = new AbortController();
    const first = turns.take(controller.signal, calls.make("first"));
    const second = turns.take(never(), calls.make("second"));
    controller.abort(new Error("enough"));
    assertStrictEquals(await first.catch((error) => error), controller.signal.reason);
    await rest();
    assertEquals(calls.begun, ["first"]);
    await calls.end("first", new Error("told to nobody"));
    assertEquals(calls.begun, ["first", "second"]);
    await calls.end("second");
    assertEquals(await second, "second");
  });
});
