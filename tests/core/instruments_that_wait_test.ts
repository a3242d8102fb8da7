/**
 * Instruments whose methods go on after they have returned, and what they start.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ContextVar,
  createTask,
  EventLoop,
  getRunningLoop,
  type InstrumentHooks,
  run,
  sleep,
  type Task,
  type TaskSource,
} from "../../mod.ts";
import { Instrument } from "../../src/core/instruments.ts";
import { VirtualAdapter } from "../../src/testing/mod.ts";
import { within } from "../within.ts";

/** A loop whose time passes at once. */
function virtual(): EventLoop {
  return new EventLoop({ adapter: new VirtualAdapter() });
}

/** What a program does, in both forms: two tasks of its own, one within the other. */
const forms: Record<string, () => TaskSource<unknown>> = {
  "coroutines": () =>
    function* () {
      yield* createTask(function* () {
        yield* createTask(sleep(5), { name: "inner" });
      }, { name: "outer" });
    },
  "async functions": () => async () => {
    await createTask(async () => {
      await createTask(sleep(5), { name: "inner" });
    }, { name: "outer" });
  },
};

/** Methods that start something whenever they hear of a task. */
const hooks: Record<string, (heard: (task: Task<unknown>) => void) => InstrumentHooks> = {
  "awaits a sleep": (heard) => ({
    taskCreated: async (task) => {
      heard(task);
      await sleep(1);
      await sleep(1);
    },
  }),
  "is a function that returns such a promise": (heard) => ({
    taskCreated: (task) => {
      heard(task);
      return (async () => {
        await sleep(1);
        await sleep(1);
      })();
    },
  }),
  "makes a task that makes others": (heard) => ({
    taskCreated: (task) => {
      heard(task);
      createTask(async () => {
        await createTask(sleep(1));
        createTask(function* () {
          yield* createTask(sleep(1));
        });
      });
    },
  }),
  "makes tasks later": (heard) => ({
    taskDone: async (task) => {
      heard(task);
      await sleep(1);
      createTask(sleep(1));
      getRunningLoop().callLater(1, () => createTask(sleep(1)));
    },
  }),
  "sets a timer that makes a task": (heard) => ({
    taskCreated: (task) => {
      heard(task);
      getRunningLoop().callLater(1, () => createTask(sleep(1)));
    },
  }),
};

describe("An instrument that goes on after it was told", () => {
  for (const [form, program] of Object.entries(forms)) {
    for (const [what, make] of Object.entries(hooks)) {
      it(`hears of ${form} and of nothing that it starts itself, if it ${what}`, async () => {
        const heard: string[] = [];
        const reports: unknown[] = [];
        const main = async () => {
          const loop = getRunningLoop();
          loop.setExceptionHandler((_, report) => reports.push(report));
          loop.addInstrument(new Instrument(make((task) => heard.push(task.getName()))));
          await createTask(program());
          // What is started goes on meanwhile.
          await sleep(50);
        };
        await within(run(main, { loopFactory: virtual }), "the end of the program");
        assertEquals(heard.filter((name) => name === "outer" || name === "inner").sort(), ["inner", "outer"]);
        assert(heard.length <= 6, `it has heard of ${heard}`);
        assertEquals(reports, []);
      });
    }
  }

  it("is not waited for when the program ends: what it awaits is cancelled, and that is no failure", async () => {
    const events: string[] = [];
    const main = (program: () => TaskSource<unknown>) => async () => {
      const loop = getRunningLoop();
      loop.setExceptionHandler((_, { message }) => events.push(String(message)));
      loop.addInstrument(
        new Instrument({
          taskCreated: async () => {
            try {
              await sleep(3_600_000);
              events.push("waited");
            } finally {
              events.push("over");
            }
          },
        }),
      );
      await createTask(program());
      events.push(`at ${loop.time()}`);
    };
    for (const program of Object.values(forms)) {
      events.length = 0;
      const loops: EventLoop[] = [];
      const loopFactory = () => loops[loops.push(virtual()) - 1]!;
      await within(run(main(program), { loopFactory }), "the end of the program");
      assertEquals([events[0], new Set(events.slice(1))], ["at 5", new Set(["over"])]);
    }
  });

  it("goes on in the loop that has told it, if it is told by two", async () => {
    const loops: EventLoop[] = [];
    const reports: unknown[] = [];
    const went = new Map<unknown, Set<unknown>>();
    const instrument = new Instrument({
      taskCreated: async () => {
        const told = getRunningLoop();
        await sleep(1);
        const known = went.get(told) ?? new Set();
        went.set(told, known.add(getRunningLoop()));
      },
    });
    const main = async () => {
      const loop = getRunningLoop() as EventLoop;
      loops.push(loop);
      loop.setExceptionHandler((_, report) => reports.push(report));
      loop.addInstrument(instrument);
      for (let i = 0; i < 3; i++) await createTask(sleep(5));
    };
    const both = Promise.all([run(main), run(main)]);
    await within(both, "the end of both loops");
    assertEquals(reports, []);
    assertEquals([...went].map(([told, after]) => [...after].every((loop) => loop === told)), [true, true]);
    assertEquals(loops.every((loop) => went.has(loop)), true);
  });

  it("sees the context variables of the task in which it is told, and leaves them as they are", async () => {
    const request = new ContextVar("request", { default: "none" });
    const seen: string[] = [];
    await run(async () => {
      getRunningLoop().addInstrument(
        new Instrument({
          taskCreated: async () => {
            seen.push(request.get());
            request.set("changed");
            await sleep(1);
            seen.push(request.get());
          },
        }),
      );
      request.set("one");
      await createTask(sleep(5));
      assertEquals(request.get(), "one");
    });
    assertEquals(seen, ["one", "changed"]);
  });

  it("is told of no callback that it schedules itself", async () => {
    const ran: string[] = [];
    await run(async () => {
      const loop = getRunningLoop();
      loop.addInstrument(
        new Instrument({
          callbackRun: (callback) => {
            ran.push(callback?.name ?? "");
            loop.callSoon(function own() {
              loop.callSoon(function own() {});
            });
          },
        }),
      );
      loop.callSoon(function seen() {});
      for (let turn = 0; turn < 20; turn++) await sleep(0);
    }, { loopFactory: virtual });
    assertEquals([ran.includes("seen"), ran.includes("own")], [true, false]);
  });
});
