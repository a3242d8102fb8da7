/** A cancel is heard by a function of which some waits are left behind, or which has its signal, and that waits for the host. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  allTasks,
  CancelledError,
  createTask,
  currentTask,
  getRunningLoop,
  type Guard,
  Lock,
  Queue,
  run,
  sleep,
  type Task,
  taskGroup,
  timeout,
  TimeoutError,
  waitFor,
} from "../../mod.ts";
import { play, playAndListen, rejection, virtualEventLoop } from "../core/play.ts";
import { afterCallbacks, turn } from "./moments.ts";

/** What a function may have done before: each leaves something behind, or nothing. */
const BEFORE: Readonly<Record<string, () => unknown>> = {
  "nothing": () => undefined,
  "a race with a sleep": () => Promise.race([sleep(0), sleep(100_000)]),
  "a race with a helper": () => Promise.race([sleep(0), (async () => await sleep(100_000))()]),
  "a race with a helper that cleans up": () =>
    Promise.race([
      sleep(0),
      (async () => {
        try {
          await sleep(100_000);
        } finally {
          await sleep(1);
        }
      })(),
    ]),
  "a race with a scope": () => Promise.race([sleep(0), timeout(200_000, async () => await sleep(100_000))]),
  "a race with a getter": () => Promise.race([sleep(0), new Queue<number>().get()]),
  "a race with the host": () => Promise.race([sleep(0), new Promise(() => {})]),
  "any() with a sleep": () => Promise.any([sleep(0), sleep(100_000)]),
  "all() of which one failed": () =>
    Promise.all([sleep(0).then(() => Promise.reject(new Error("own"))), sleep(100_000)]).catch(() => {}),
  "an await that nobody waits for": () => void sleep(100_000).then(() => {}, () => {}),
  "its signal": () => currentTask()!.signal,
  "its signal, with a listener": () => currentTask()!.signal.addEventListener("abort", () => {}),
  "its signal and a race": async () => {
    void currentTask()!.signal;
    await Promise.race([sleep(0), sleep(100_000)]);
  },
};

/** Waits of the host, in which a cancel finds the function. */
const HOST: Readonly<Record<string, () => unknown>> = {
  "a turn": () => turn(),
  "a timer": () => new Promise((resolve) => setTimeout(resolve, 1)),
};

for (const [what, before] of Object.entries(BEFORE)) {
  describe(`After ${what}, a cancel`, () => {
    for (const [where, wait] of Object.entries(HOST)) {
      it(`in ${where} of the host is thrown at the next await`, async () => {
        await play(async () => {
          const words: string[] = [];
          const task = createTask(async () => {
            await before();
            words.push("host");
            await wait();
            words.push("back");
            try {
              await sleep(20);
            } catch (error) {
              words.push(String(error));
              throw error;
            }
            words.push("went on");
          });
          while (words.length === 0) await turn();
          task.cancel();
          const error = await rejection(task);
          assertInstanceOf(error, CancelledError);
          assertEquals(words, ["host", "back", "CancelledError"]);
        });
      });

      it(`ends a poller in ${where} of the host when run() ends`, async () => {
        for (let round = 0; round < 10; round++) {
          let rounds = 0;
          await run(async () => {
            createTask(async () => {
              await before();
              for (;;) {
                if (++rounds > 1_000) throw new Error("it polls for ever");
                await wait();
                await sleep(0);
              }
            });
            await sleep(3 + round % 4);
            for (let i = 0; i < round; i++) await turn();
          }, { loopFactory: virtualEventLoop });
          assert(rounds <= 1_000, `it polls for ever, in round ${round}`);
        }
      });
    }

    it("in a wait of the module is heard once, at every moment", async () => {
      for (let callbacks = 0; callbacks < 9; callbacks++) {
        await play(async () => {
          let heard = 0;
          let whole = false;
          let spinning = false;
          const task = createTask(async () => {
            await before();
            spinning = true;
            try {
              for (;;) await sleep(0);
            } catch (error) {
              heard++;
              throw error;
            } finally {
              await sleep(0);
              await sleep(1);
              whole = true;
            }
          });
          // Time stands still on the virtual clock while anything spins.
          while (!spinning) await sleep(0);
          afterCallbacks(callbacks, () => void task.cancel());
          assertInstanceOf(await rejection(task), CancelledError);
          assertEquals([heard, whole], [1, true], `${callbacks} callbacks after`);
        });
      }
    });

    it("of a deadline is thrown as a TimeoutError", async () => {
      for (let delay = 1; delay < 12; delay++) {
        await playAndListen(async () => {
          const error = await rejection(timeout(delay, async () => {
            await before();
            for (;;) {
              await turn();
              await sleep(1);
            }
          }));
          assertInstanceOf(error, TimeoutError);
          assertEquals(currentTask()!.cancelling(), 0);
          await sleep(1);
        });
      }
    });

    it("of a group whose sibling fails stops it", async () => {
      for (let delay = 1; delay < 8; delay++) {
        await playAndListen(async () => {
          const own = new Error("own");
          let stopped = false;
          const error = await rejection(taskGroup(async (group) => {
            group.createTask(async () => {
              await sleep(delay);
              throw own;
            });
            group.createTask(async () => {
              try {
                await before();
                for (;;) {
                  await turn();
                  await sleep(1);
                }
              } finally {
                stopped = true;
              }
            });
            await null;
          })) as AggregateError;
          assertEquals([error.errors, stopped], [[own], true]);
        });
      }
    });
  });
}

describe("What lost a race", () => {
  it("is cancelled with its function, and its cleanup waited for by run()", async () => {
    const words: string[] = [];
    await play(async () => {
      const loser = async (name: string) => {
        try {
          await sleep(100_000);
        } finally {
          await sleep(5);
          words.push(`${name} cleaned up at ${getRunningLoop().time()}`);
        }
      };
      const task = createTask(async () => {
        await Promise.race([sleep(1), loser("first")]);
        await sleep(100);
      });
      await sleep(3);
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      await sleep(10);
      assertEquals(words, ["first cleaned up at 8"]);
      await Promise.race([sleep(1), loser("second")]);
    });
    assertEquals(words, ["first cleaned up at 8", "second cleaned up at 19"]);
  });

  it("becomes a task when its function ends, which allTasks() shows and which can go on", async () => {
    await play(async () => {
      const seen: unknown[] = [];
      const loser = async () => {
        await sleep(10);
        seen.push("went on");
        await sleep(10);
        seen.push("ended");
      };
      const task = createTask(async () => {
        await Promise.race([sleep(1), loser()]);
      });
      await task;
      assertEquals(allTasks().size, 2, "this task and the loser");
      await sleep(30);
      assertEquals(seen, ["went on", "ended"]);
      assertEquals(allTasks().size, 1);
    });
  });

  it("keeps a lock that it waits for from being lost", async () => {
    await play(async () => {
      const lock = new Lock();
      const guard = await lock.acquire();
      const order: string[] = [];
      const task = createTask(async () => {
        await Promise.race([
          sleep(1),
          lock.acquire().then((own) => {
            order.push("loser has it");
            own[Symbol.dispose]();
          }),
        ]);
      });
      await task;
      guard[Symbol.dispose]();
      await waitFor(lock.acquire(), 10);
      order.push("main has it");
      assertEquals(order, ["loser has it", "main has it"]);
      lock.release();
    });
  });
});

describe("A cancel that a race's loser hears", () => {
  const TAKES: Readonly<Record<string, (lock: Lock) => Promise<Guard>>> = {
    "acquire()": (lock) => lock.acquire(),
    "waitFor()": (lock) => waitFor(lock.acquire(), 1_000),
    "a timeout": (lock) => timeout(1_000, async () => await lock.acquire()),
    "a task": (lock) => createTask(async () => await lock.acquire()),
  };
  for (const [how, take] of Object.entries(TAKES)) {
    it(`is heard as well by who gets the lock next by ${how}, which it has waited for since before`, async () => {
      await play(async () => {
        const lock = new Lock();
        const guard = await lock.acquire();
        const words: string[] = [];
        const use = async (name: string, taken: Promise<Guard>) => {
          using _guard = await taken;
          words.push(`${name} has it`);
          try {
            await sleep(100_000);
          } catch (error) {
            words.push(`${name}: ${error}`);
            throw error;
          }
        };
        const task = createTask(async () => {
          // The second sleep ends while the lock is waited for: whose that wait is cannot be known any more.
          await Promise.race([use("loser", take(lock)), sleep(1), sleep(5)]);
          await use("main", take(lock));
        });
        await sleep(10);
        task.cancel();
        guard[Symbol.dispose]();
        assertInstanceOf(await rejection(waitFor(task, 1_000)), CancelledError);
        assertEquals(words, ["loser has it", "loser: CancelledError", "main has it", "main: CancelledError"]);
        assert(!lock.locked());
      });
    });
  }
});

describe("Scopes side by side in one function", () => {
  it("end by their own deadlines: one in time, one not", async () => {
    await play(async () => {
      const results = await Promise.allSettled([
        timeout(10, async () => await sleep(20, "late")),
        timeout(40, async () => await sleep(20, "in time")),
        timeout(15, async () => {
          await turn();
          return await sleep(20, "late");
        }),
      ]);
      assertInstanceOf((results[0] as PromiseRejectedResult).reason, TimeoutError);
      assertEquals(results[1], { status: "fulfilled", value: "in time" });
      assertInstanceOf((results[2] as PromiseRejectedResult).reason, TimeoutError);
      assertEquals(currentTask()!.cancelling(), 0);
      assertEquals(getRunningLoop().time(), 20);
      await sleep(1);
    });
  });

  it("have signals of their own", async () => {
    await play(async () => {
      const signals: AbortSignal[] = [];
      const body = async () => {
        signals.push(currentTask()!.signal);
        await sleep(20);
      };
      await Promise.allSettled([timeout(10, body), timeout(40, body)]);
      assertEquals(signals.map((signal) => signal.aborted), [true, false]);
      assert(!currentTask()!.signal.aborted);
    });
  });

  it("fail by their own children", async () => {
    await playAndListen(async () => {
      const own = new Error("own");
      const [failed, fine] = await Promise.allSettled([
        taskGroup(async (group) => {
          group.createTask(async () => {
            await sleep(5);
            throw own;
          });
          await sleep(100);
        }),
        taskGroup(async (group) => {
          return await group.createTask(sleep(10, "fine"));
        }),
      ]);
      assertEquals((failed as PromiseRejectedResult).reason.errors, [own]);
      assertEquals(fine, { status: "fulfilled", value: "fine" });
      assertEquals(currentTask()!.cancelling(), 0);
      await sleep(1);
    });
  });

  it("are all cancelled with the task, each once", async () => {
    await play(async () => {
      const words: string[] = [];
      const branch = (name: string) => async () => {
        try {
          await sleep(100);
        } finally {
          await sleep(1);
          words.push(name);
        }
      };
      const task: Task<unknown> = createTask(async () => {
        await Promise.all([timeout(1_000, branch("a")), taskGroup(branch("b")), branch("c")()]);
      });
      await sleep(1);
      task.cancel();
      assertInstanceOf(await rejection(task), CancelledError);
      await sleep(5);
      assertEquals(words.sort(), ["a", "b", "c"]);
    });
  });
});
