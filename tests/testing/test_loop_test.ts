import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CancelledError,
  createTask,
  DeadlockError,
  Event,
  getRunningLoop,
  Lock,
  Queue,
  run,
  RuntimeError,
  sleep,
  startServer,
  taskGroup,
  timeout,
} from "../../mod.ts";
import {
  assertCheckpoint,
  assertNoCheckpoint,
  CheckpointError,
  LeakError,
  testLoop,
  trace,
  waitUntilIdle,
} from "../../src/testing/mod.ts";

async function leaksOf(test: () => Promise<unknown>): Promise<string> {
  const error = await assertRejects(test, LeakError);
  assertEquals(error.leaks.length, 1, error.message);
  return error.leaks[0]!;
}

describe("testLoop()", () => {
  it("returns what a tidy test returns", async () => {
    const result = await testLoop(async () => {
      const handle = getRunningLoop().callLater(1_000, () => {});
      handle.cancel();
      await taskGroup(async (group) => {
        group.createTask(sleep(10));
        await timeout(50, () => sleep(5));
      });
      const task = createTask(sleep(1_000));
      task.cancel();
      await task.catch(() => {});
      return "tidy";
    });
    assertEquals(result, "tidy");
  });

  it("fails with a task that has not ended, and says where it was made", async () => {
    const leak = await leaksOf(() =>
      testLoop(function* () {
        createTask(sleep(1_000), { name: "forgotten" });
        yield* sleep(1);
      })
    );
    assertStringIncludes(leak, "name='forgotten'");
    assertStringIncludes(leak, "test_loop_test.ts");
  });

  it("fails with a timer of the host's that is set, if it keeps a program running", async () => {
    const fails = (set: (_: void) => unknown) => {
      return leaksOf(() => testLoop(async () => void set(await sleep(1)), { fakeGlobals: true }));
    };
    assertStringIncludes(await fails(() => setTimeout(() => {}, 1_000)), "setTimeout() of 1000 ms");
    assertStringIncludes(await fails(() => setInterval(() => {}, 20)), "setInterval() of 20 ms");
    // Whoever waits for the test may have a timer as well.
    const testing = testLoop(sleep(5), { fakeGlobals: true });
    setTimeout(() => {}, 1_000);
    await testing;
    const isTidy = await testLoop(async () => {
      clearInterval(setInterval(() => {}, 20));
      setTimeout(() => {}, 5);
      AbortSignal.timeout(1_000);
      const lasting = setInterval(() => {}, 4) as unknown as { unref(): void; hasRef(): boolean };
      assert(lasting.hasRef());
      lasting.unref();
      await sleep(10);
      return !lasting.hasRef();
    }, { fakeGlobals: true });
    assert(isTidy);
  });

  it("takes an object as its options", async () => {
    for (const options of [null, 5, []]) {
      await assertRejects(() => testLoop(sleep(1), options as never), TypeError, "the options are an object");
    }
  });

  it("fails with a timer that is set", async () => {
    const leak = await leaksOf(() =>
      testLoop(async () => {
        getRunningLoop().callLater(10, () => {});
        getRunningLoop().callLater(1_000, function late() {});
        await sleep(20);
      })
    );
    assertStringIncludes(leak, "late()");
    assertStringIncludes(leak, "test_loop_test.ts");
  });

  it("fails with an error that nobody has read, and one of a callback", async () => {
    const leak = await leaksOf(() =>
      testLoop(async () => {
        createTask(function* () {
          yield* sleep(1);
          throw new RangeError("unread");
        });
        await sleep(5);
      })
    );
    assertStringIncludes(leak, "never retrieved");
    assertStringIncludes(leak, "unread");
    const other = await leaksOf(() =>
      testLoop(function* () {
        getRunningLoop().callSoon(() => {
          throw new RangeError("of a callback");
        });
        yield* sleep(1);
      })
    );
    assertStringIncludes(other, "of a callback");
  });

  it("fails with calls of this module that nobody has awaited", async () => {
    const queue = new Queue<number>();
    for (
      const [name, forgets] of [["sleep()", () => void sleep(5)], ["Queue.put()", () => void queue.put(1)]] as const
    ) {
      for (
        const test of [
          function* () {
            forgets();
            yield* sleep(1);
          },
          async () => {
            forgets();
            await sleep(1);
          },
        ]
      ) {
        const leak = await leaksOf(() => testLoop(test));
        assertStringIncludes(leak, `${name} was never awaited`);
        assertStringIncludes(leak, "test_loop_test.ts");
        await testLoop(test, { debug: false });
      }
    }
  });

  it("fails with a cancel that a task has swallowed", async () => {
    const leak = await leaksOf(() =>
      testLoop(async () => {
        const task = createTask(function* stubborn() {
          try {
            yield* sleep(1_000);
          } catch (error) {
            if (!(error instanceof CancelledError)) throw error;
          }
        });
        await sleep(1);
        task.cancel();
        await task;
      })
    );
    assertStringIncludes(leak, "swallowed");
    assertStringIncludes(leak, "test_loop_test.ts");
  });

  it("fails with a socket that is open, on the real clock", async () => {
    const error = await assertRejects(
      () =>
        testLoop(async () => {
          await startServer(async () => await sleep(0), "127.0.0.1", 0);
        }, { realTime: true }),
      LeakError,
    );
    assertStringIncludes(error.message, "socket");
  });

  it("fails with a deadlock", async () => {
    await assertRejects(() => testLoop(() => new Event().wait()), DeadlockError);
  });

  it("fails with what the test fails with", async () => {
    await assertRejects(
      () =>
        testLoop(function* () {
          createTask(sleep(1_000));
          yield* sleep(1);
          throw new RangeError("of the test");
        }),
      RangeError,
      "of the test",
    );
  });

  it("is refused in a loop, and with options that nobody knows", async () => {
    await run(async () => {
      const error = await testLoop(sleep(1)).then(() => null, (error: unknown) => error);
      assert(error instanceof RuntimeError);
    });
    await assertRejects(() => testLoop(sleep(1), { real: true } as never), TypeError, "unknown option");
  });
});

describe("waitUntilIdle()", () => {
  it("lets everything else run, and no time pass", async () => {
    await testLoop(async () => {
      const queue = new Queue<number>();
      const taken: number[] = [];
      const worker = createTask(async () => {
        for (;;) {
          taken.push(await queue.get());
          for (let i = 0; i < 20; i++) await sleep(0);
        }
      });
      for (let i = 0; i < 5; i++) queue.putNowait(i);
      createTask(sleep(50));
      await waitUntilIdle();
      assertEquals([taken, getRunningLoop().time()], [[0, 1, 2, 3, 4], 0]);
      worker.cancel();
      await sleep(60);
    });
  });

  it("is for virtual time", async () => {
    await assertRejects(() => run(waitUntilIdle()), RuntimeError, "runVirtual()");
  });
});

describe("assertCheckpoint() and assertNoCheckpoint()", () => {
  for (const [name, runOn] of [["virtual time", testLoop], ["the real clock", run]] as const) {
    it(`tell whether a body suspends, in both forms, on ${name}`, async () => {
      await runOn(function* () {
        const lock = new Lock();
        yield* assertNoCheckpoint(() => lock.acquire());
        lock.release();
        yield* assertCheckpoint(function* () {
          yield* sleep(0);
        });
        yield* assertCheckpoint(async () => await sleep(1));
        yield* assertNoCheckpoint(async () => {
          await lock.acquire();
          lock.release();
        });
      });
      await runOn(async () => {
        const lock = new Lock();
        await assertNoCheckpoint(() => lock.acquire());
        assertEquals(await assertCheckpoint(async () => await sleep(0, 5)), 5);
      });
      await assertRejects(() => runOn(() => assertNoCheckpoint(() => sleep(0))), CheckpointError, "has suspended");
      await assertRejects(
        () => runOn(() => assertCheckpoint(() => new Lock().acquire())),
        CheckpointError,
        "not suspended once",
      );
    });
  }

  it("refuse what is no body", () => {
    assertThrows(() => assertCheckpoint(5 as never), TypeError);
    assertThrows(() => assertNoCheckpoint(sleep(1) as never), TypeError);
  });
});

describe("trace()", () => {
  const coroutine = function* () {
    const loop = getRunningLoop();
    loop.callSoon(function early() {});
    const lock = new Lock();
    function* work(delay: number) {
      yield* lock.acquire();
      yield* sleep(delay);
      lock.release();
    }
    const tasks = [createTask(work(5), { name: "a" }), createTask(work(2.5)), createTask(sleep(9))];
    yield* sleep(6);
    tasks[2]!.cancel();
    try {
      yield* tasks[2]!;
    } catch { /* cancelled */ }
    yield* tasks[1]!;
  };
  const asyncForm = async () => {
    const loop = getRunningLoop();
    loop.callSoon(function early() {});
    const lock = new Lock();
    const work = (delay: number) => async () => {
      await lock.acquire();
      await sleep(delay);
      lock.release();
    };
    const tasks = [createTask(work(5), { name: "a" }), createTask(work(2.5)), createTask(sleep(9))];
    await sleep(6);
    tasks[2]!.cancel();
    try {
      await tasks[2]!;
    } catch { /* cancelled */ }
    await tasks[1]!;
  };

  it("is the same text on every runtime, and in both forms", async () => {
    const expected = [
      "      0 ms  main",
      "      0 ms  callback early()",
      "      0 ms  a",
      "      0 ms  task-2",
      "      0 ms  task-3",
      "      5 ms  a returns",
      "      5 ms  task-2",
      "      6 ms  main",
      "      6 ms  task-3 is cancelled",
      "      6 ms  main",
      "    7.5 ms  task-2 returns",
      "    7.5 ms  main returns",
    ].join("\n");
    assertEquals(await trace(coroutine), expected);
    assertEquals(await trace(asyncForm), expected);
    assertEquals(await trace(coroutine), expected);
  });
});
