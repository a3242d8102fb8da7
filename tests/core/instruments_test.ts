import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BaseEventLoop,
  CancelledError,
  createTask,
  type InstrumentHooks,
  KeyboardInterrupt,
  sleep,
  type Task,
  taskGroup,
} from "../../mod.ts";
import { Instrument } from "../../src/core/instruments.ts";
import { VirtualAdapter } from "../../src/testing/mod.ts";

/** Notes what an instrument is told, as words. */
class Notes implements InstrumentHooks {
  readonly words: string[] = [];

  note(word: string, task: Task<unknown>, rest = ""): void {
    this.words.push(`${word} ${task.getName()}${rest}`);
  }

  taskCreated(task: Task<unknown>, parent: Task<unknown> | null): void {
    this.note("created", task, parent === null ? "" : ` by ${parent.getName()}`);
  }

  taskStepped(task: Task<unknown>): void {
    this.note("stepped", task);
  }

  taskParked(task: Task<unknown>, time: number): void {
    this.note("parked", task, ` at ${time}`);
  }

  taskDone(task: Task<unknown>, time: number): void {
    this.note(task.cancelled() ? "cancelled" : "done", task, ` at ${time}`);
  }
}

/** Notes what a loop tells from now on. */
function takeNotes(loop: BaseEventLoop): string[] {
  const notes = new Notes();
  loop.addInstrument(new Instrument(notes));
  return notes.words;
}

function makeLoop(): { loop: BaseEventLoop; adapter: VirtualAdapter } {
  const adapter = new VirtualAdapter();
  return { loop: new BaseEventLoop({ adapter }), adapter };
}

/** A number of milliseconds in which a step takes the whole processor, on a clock that does not move by itself. */
function busy(adapter: VirtualAdapter, milliseconds: number): void {
  const { now } = adapter;
  const start = now.call(adapter);
  adapter.now = () => now.call(adapter) + milliseconds;
  if (adapter.now() < start) throw new Error("The clock goes backwards.");
}

const EXPECTED = [
  "created main",
  "created child by main",
  "stepped main",
  "parked main at 0",
  "stepped child",
  "parked child at 0",
  "stepped child",
  "done child at 5",
  "stepped main",
  "done main at 5",
];

describe("loop.addInstrument()", () => {
  it("tells of the steps of coroutines, with who has made them", async () => {
    const { loop } = makeLoop();
    const notes = takeNotes(loop);
    const main = loop.createTask(function* () {
      yield* createTask(sleep(5), { name: "child" });
    }, { name: "main" });
    await loop.runUntilComplete(main);
    loop.close();
    assertEquals(notes, EXPECTED);
  });

  it("tells the same of async functions", async () => {
    const { loop } = makeLoop();
    const notes = takeNotes(loop);
    const main = loop.createTask(async () => {
      await createTask(async () => await sleep(5), { name: "child" });
    }, { name: "main" });
    await loop.runUntilComplete(main);
    loop.close();
    assertEquals(notes, EXPECTED);
  });

  it("tells a step of an async function that waits for the host, and does not take that for its end", async () => {
    const { loop } = makeLoop();
    const notes = takeNotes(loop);
    const main = loop.createTask(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await sleep(1);
    }, { name: "main" });
    await loop.runUntilComplete(main);
    loop.close();
    const words = notes.map((word) => word.replace(/ at .*/, ""));
    assertEquals(words.slice(0, 3), ["created main", "stepped main", "parked main"]);
    assertEquals(words.at(-1), "done main");
    assertEquals(words.filter((word) => word === "done main").length, 1);
  });

  it("tells of a task that is cancelled, of one that ends in an eager step, and of no parking in sleep(0)", async () => {
    const { loop } = makeLoop();
    const notes = takeNotes(loop);
    await loop.runUntilComplete(loop.createTask(function* () {
      createTask(function* () {}, { name: "eager", eagerStart: true });
      const slow = createTask(sleep(1_000), { name: "slow" });
      yield* sleep(0);
      slow.cancel();
      yield* sleep(0);
    }, { name: "main" }));
    loop.close();
    assertEquals(notes, [
      "created main",
      "created eager by main",
      "stepped eager",
      "done eager at 0",
      "created slow by main",
      "stepped main",
      "stepped slow",
      "parked slow at 0",
      "stepped main",
      "stepped slow",
      "cancelled slow at 0",
      "stepped main",
      "done main at 0",
    ]);
  });

  it("tells how long steps and callbacks have taken, how many were ready, and how late a timer was", async () => {
    const { loop, adapter } = makeLoop();
    const told: unknown[][] = [];
    loop.addInstrument(
      new Instrument({
        taskStepped: (task, began, ended) => told.push(["stepped", task.getName(), ended - began]),
        callbackRun: (callback, began, ended) => told.push(["ran", callback?.name, ended - began]),
        iteration: (ready, time) => told.push(["iteration", ready, time]),
        lag: (late) => told.push(["lag", late]),
      }),
    );
    function busyCallback(): void {
      busy(adapter, 30);
    }
    loop.callLater(10, function onTime() {});
    loop.callSoon(busyCallback);
    await loop.runUntilComplete(loop.createTask(sleep(20), { name: "main" }));
    loop.close();
    assertEquals(
      told.slice(0, 6),
      [
        ["iteration", 2, 0],
        ["ran", "busyCallback", 30],
        ["stepped", "main", 0],
        ["lag", 20],
        ["iteration", 1, 30],
        ["ran", "onTime", 0],
      ],
    );
    assertEquals(loop.longestLag, 20);
  });

  it("tells of no callback that was cancelled, and gives null for one of the module", async () => {
    const { loop } = makeLoop();
    const told: (string | undefined)[] = [];
    loop.addInstrument(new Instrument({ callbackRun: (callback) => told.push(callback?.name) }));
    loop.callSoon(function never() {}).cancel();
    loop.callSoon(function once() {});
    await loop.runUntilComplete(sleep(1));
    loop.close();
    assertEquals(told.filter((name) => name !== undefined && name !== "stop"), ["once"]);
    assertEquals(told.includes(undefined), true);
  });

  it("tells all of several, and nothing more to one that was removed", async () => {
    const { loop } = makeLoop();
    const [one, other] = [new Notes(), new Notes()];
    const [first, second] = [new Instrument(one), new Instrument(other)];
    loop.addInstrument(first);
    loop.addInstrument(second);
    loop.addInstrument(second);
    await loop.runUntilComplete(loop.createTask(sleep(1), { name: "one" }));
    assertEquals(loop.removeInstrument(first), true);
    assertEquals(loop.removeInstrument(first), false);
    await loop.runUntilComplete(loop.createTask(sleep(1), { name: "two" }));
    assertEquals(loop.removeInstrument(second), true);
    await loop.runUntilComplete(loop.createTask(sleep(1), { name: "three" }));
    loop.close();
    assertEquals(one.words.filter((word) => word.startsWith("created")), ["created one"]);
    assertEquals(other.words.filter((word) => word.startsWith("created")), ["created one", "created two"]);
  });

  it("reports one that throws, takes it out and goes on with the others", async () => {
    const { loop } = makeLoop();
    const reports: string[] = [];
    loop.setExceptionHandler((_, { message, exception }) => reports.push(`${message}: ${exception}`));
    let calls = 0;
    loop.addInstrument(
      new Instrument({
        taskStepped() {
          calls++;
          throw new Error("broken");
        },
      }),
    );
    const notes = takeNotes(loop);
    await loop.runUntilComplete(loop.createTask(sleep(1), { name: "main" }));
    loop.close();
    assertEquals([calls, reports], [1, ["An instrument was taken out, since its taskStepped() failed: Error: broken"]]);
    assertEquals(notes.at(-1), "done main at 1");
  });

  it("reports one whose promise rejects, once, and takes it out", async () => {
    const { loop } = makeLoop();
    const reports: string[] = [];
    loop.setExceptionHandler((_, { message, exception }) => reports.push(`${message}: ${exception}`));
    const instrument = new Instrument({
      taskStepped: async () => {
        await null;
        throw new Error("broken later");
      },
      taskCreated: () => Promise.reject(new Error("broken at once")),
    });
    loop.addInstrument(instrument);
    const notes = takeNotes(loop);
    for (let i = 0; i < 2; i++) loop.createTask(sleep(0));
    await loop.runUntilComplete(loop.createTask(sleep(1), { name: "main" }));
    assertEquals(reports, ["An instrument was taken out, since its taskCreated() failed: Error: broken at once"]);
    assertEquals([loop.removeInstrument(instrument), notes.at(-1)], [false, "done main at 1"]);
    loop.addInstrument(instrument);
    await loop.runUntilComplete(loop.createTask(sleep(1)));
    loop.close();
    assertEquals(reports.length, 2);
  });

  it("lets a KeyboardInterrupt of the exception handler leave the loop when it reports such a promise", async () => {
    const { loop } = makeLoop();
    loop.setExceptionHandler(() => {
      throw new KeyboardInterrupt();
    });
    loop.addInstrument(new Instrument({ taskStepped: () => Promise.reject(new Error("broken")) }));
    const main = loop.createTask(sleep(1_000));
    await assertRejects(() => loop.runUntilComplete(main), KeyboardInterrupt);
    main.cancel();
    loop.setExceptionHandler(null);
    await assertRejects(() => loop.runUntilComplete(main), CancelledError);
    loop.close();
  });

  it("reports one that returns what nobody awaits", async () => {
    const returned = [() => sleep(1), () => (function* () {})()];
    for (const taskStepped of returned) {
      const { loop } = makeLoop();
      const reports: string[] = [];
      loop.setExceptionHandler((_, { exception }) => reports.push(String(exception)));
      loop.addInstrument(new Instrument({ taskStepped }));
      await loop.runUntilComplete(loop.createTask(sleep(1)));
      loop.close();
      assertEquals(reports.length, 1);
      assertStringIncludes(reports[0]!, "TypeError: taskStepped() of an instrument returned");
      assertStringIncludes(reports[0]!, "which nobody awaits. Write a plain function");
    }
  });

  it("tells nothing more to one that is taken out while it is told, and lets it cancel the task", async () => {
    const { loop } = makeLoop();
    const late = new Notes();
    const second = new Instrument(late);
    loop.addInstrument(
      new Instrument({
        taskParked(task) {
          loop.removeInstrument(second);
          task.cancel();
        },
      }),
    );
    loop.addInstrument(second);
    const notes = takeNotes(loop);
    await assertRejects(() => loop.runUntilComplete(loop.createTask(sleep(1), { name: "main" })), CancelledError);
    loop.close();
    assertEquals(late.words, ["created main", "stepped main"]);
    assertEquals(notes.slice(2), ["parked main at 0", "stepped main", "cancelled main at 0"]);
  });

  it("hears nothing of what instruments do themselves, so that one which makes tasks comes to an end", async () => {
    const { loop } = makeLoop();
    let made = 0;
    loop.addInstrument(
      new Instrument({
        taskCreated() {
          made++;
          loop.createTask(sleep(1), { name: "of the instrument" });
        },
      }),
    );
    const notes = takeNotes(loop);
    const main = loop.createTask(function* () {
      yield* createTask(sleep(5), { name: "child" });
    }, { name: "main" });
    await loop.runUntilComplete(main);
    loop.close();
    const created = notes.filter((one) => one.startsWith("created"));
    assertEquals([made, created], [2, ["created main", "created child by main"]]);
    assertEquals(notes.filter((one) => one.includes("of the instrument")), []);
  });

  it("can be added and removed in the middle of a step", async () => {
    const { loop } = makeLoop();
    const notes = new Notes();
    await loop.runUntilComplete(function* () {
      const instrument = new Instrument(notes);
      loop.addInstrument(instrument);
      yield* createTask(sleep(1), { name: "seen" });
      loop.removeInstrument(instrument);
      yield* createTask(sleep(1), { name: "unseen" });
    });
    loop.close();
    assertStringIncludes(notes.words.join(), "done seen");
    assertEquals(notes.words.join().includes("unseen"), false);
  });

  it("works in debug mode as well", async () => {
    const loop = new BaseEventLoop({ adapter: new VirtualAdapter(), debug: true });
    const notes = takeNotes(loop);
    await loop.runUntilComplete(loop.createTask(function* () {
      yield* createTask(sleep(5), { name: "child" });
    }, { name: "main" }));
    loop.close();
    assertEquals(notes, EXPECTED);
  });

  it("changes nothing about the order of events", async () => {
    const order = async (observed: boolean): Promise<string[]> => {
      const { loop } = makeLoop();
      if (observed) takeNotes(loop);
      const events: string[] = [];
      await loop.runUntilComplete(() =>
        taskGroup(function* (group) {
          for (const name of ["a", "b", "c"]) {
            group.createTask(async () => {
              for (let i = 0; i < 3; i++) {
                events.push(`${name}${i}`);
                await sleep(name === "b" ? 0 : 1);
              }
            });
            group.createTask(function* () {
              for (let i = 0; i < 3; i++) {
                events.push(`${name}${i} again`);
                yield* sleep(i);
              }
            });
          }
          loop.callSoon(() => events.push("callback"));
          yield* sleep(2);
        })
      );
      loop.close();
      return events;
    };
    assertEquals(await order(true), await order(false));
  });

  it("refuses what is no instrument", () => {
    const { loop } = makeLoop();
    for (const wrong of [null, undefined, 5, { taskDone() {} }]) {
      const add = () => loop.addInstrument(wrong as unknown as Instrument);
      assertThrows(add, TypeError, 'as an instrument: give an Instrument of "@loop/asyncio/inspect".');
    }
    loop.close();
    const make = (hooks: unknown) => () => new Instrument(hooks as InstrumentHooks);
    assertThrows(make(null), TypeError, "Cannot make an instrument of null: give an object with its methods.");
    assertThrows(make({}), TypeError, "that hears of nothing: its methods are taskCreated, taskStepped");
    assertThrows(make({ taskDone: 1 }), TypeError, "whose taskDone is the number 1: give a function.");
    assertThrows(make({ *taskDone() {} }), TypeError, "whose taskDone is a generator function: nothing awaits");
    assertThrows(make({ lag() {}, taskEnded() {} }), TypeError, 'of "taskEnded": its methods are taskCreated');
  });
});
