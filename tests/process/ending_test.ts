import process from "node:process";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type Awaitable,
  type Coroutine,
  createSubprocessExec,
  createSubprocessShell,
  createTask,
  type EventLoop,
  getRunningLoop,
  OSError,
  PIPE,
  type Process,
  run,
  shield,
  sleep,
  timeout,
  TimeoutError,
  use,
} from "../../mod.ts";
import { type FakeProcess, withFake } from "./fake_process.ts";
import { bytes, isAlive, onEach, text } from "./hosts.ts";
import { eventually } from "../within.ts";

const PIPES = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;

/** The name of what a coroutine throws. */
function* thrown(source: Coroutine<unknown> | Awaitable<unknown>): Coroutine<string> {
  try {
    yield* source;
    return "nothing";
    // deno-lint-ignore asyncio/no-swallowed-cancel
  } catch (error) {
    return (error as Error).name;
  }
}

/** The number of a process in a line. No line is none: as a number it would be the whole group of the tests. */
function pidOf(line: Uint8Array): number {
  const pid = Number(text(line));
  assert(pid > 1, `"${text(line)}" is not the number of a process`);
  return pid;
}

/** Leaves the scope of a process in memory after a millisecond; gives it, and when the scope was left. */
function leave(
  options: { gracePeriod?: number | null; processGroup?: boolean },
  prepare?: (process: FakeProcess) => void,
) {
  return withFake(function* (processes, loop) {
    yield* use(createSubprocessExec("program", [], { ...PIPES, ...options }), () => sleep(1));
    const { last } = processes;
    // Where nobody can wait for the end, the pipes go in the next iteration.
    yield* sleep(0);
    return { signals: last.signals, left: loop.time(), open: isAnyOpen(last) };
  }, prepare);
}

function isAnyOpen({ stdin, stdout, stderr }: FakeProcess): boolean {
  return [stdin, stdout, stderr].some((stream) => stream !== null && !stream.isClosed);
}

describe("A process whose scope is left", () => {
  it("is asked to end, and waited for", async () => {
    const result = await leave({}, (child) => child.onSignal = () => child.exit(-15));
    assertEquals(result, { signals: ["SIGTERM at 1"], left: 1, open: false });
  });

  it("is killed if it has not ended after five seconds", async () => {
    const result = await leave({}, (child) => {
      child.onSignal = (signal) => signal === "SIGKILL" && child.exit(-9);
    });
    assertEquals(result, { signals: ["SIGTERM at 1", "SIGKILL at 5001"], left: 5001, open: false });
  });

  it("is killed after its own grace period, or at once for one of 0; one without end is possible", async () => {
    const stubborn = (child: FakeProcess) => {
      child.onSignal = (signal) => signal === "SIGKILL" && child.exit(-9);
    };
    assertEquals((await leave({ gracePeriod: 20 }, stubborn)).signals, ["SIGTERM at 1", "SIGKILL at 21"]);
    assertEquals((await leave({ gracePeriod: 0 }, stubborn)).signals, ["SIGKILL at 1"]);
    const polite = (child: FakeProcess) => child.onSignal = () => child.exit(0);
    assertEquals((await leave({ gracePeriod: null }, polite)).signals, ["SIGTERM at 1"]);
  });

  it("does not keep its scope waiting by its pipes, if somebody else has them", async () => {
    const result = await leave({}, (child) => child.onSignal = () => child.exit(-15, { close: false }));
    assertEquals(result, { signals: ["SIGTERM at 1"], left: 1, open: false });
  });

  it("gets no signal if it has ended, and its pipes are closed", async () => {
    const result = await leave({}, (child) => child.exit(0, { close: false }));
    assertEquals(result, { signals: [], left: 1, open: false });
  });

  it("is left alone if the system lets no signal through, and nobody waits for it", async () => {
    const result = await leave({}, (child) => child.beyondReach = true);
    assertEquals(result, { signals: [], left: 1, open: false });
  });

  it("takes its group with it: asked to end, watched while anything of it is left, and killed then", async () => {
    const result = await leave({ processGroup: true, gracePeriod: 1000 }, (child) => {
      child.onSignal = (signal) => {
        if (signal === "SIGTERM") child.exit(-15, { close: false });
      };
    });
    // The fake one ends with the first signal and its group goes on.
    assertEquals([result.signals, result.left, result.open], [["SIGTERM at 1", "SIGKILL at 1001"], 1001, false]);
  });

  it("waits no longer than its group is there", async () => {
    const result = await leave({ processGroup: true }, (child) => {
      child.onSignal = () => {
        child.groupLeft = false;
        child.exit(-15);
      };
    });
    assertEquals([result.signals, result.left], [["SIGTERM at 1"], 1]);
  });

  it("takes with it what it has left behind in its group, also if it ended by itself", async () => {
    const result = await leave({ processGroup: true, gracePeriod: 0 }, (child) => child.exit(0));
    assertEquals(result.signals, ["SIGKILL at 1"]);
  });

  it("is killed at once when the wait for it is cancelled", async () => {
    const signals = await withFake(function* (processes, loop) {
      const scope = createTask(use(createSubprocessExec("program"), () => sleep(1)));
      yield* sleep(50);
      processes.last.onSignal = () => processes.last.exit(-9);
      loop.callSoon(() => scope.cancel());
      assertEquals(yield* thrown(scope), "CancelledError");
      yield* sleep(1);
      return processes.last.signals;
    });
    assertEquals(signals, ["SIGTERM at 1", "SIGKILL at 50"]);
  });

  it("disposed of twice, or after its loop has closed, is no trouble", async () => {
    let process: Process | null = null;
    let fake: FakeProcess | null = null;
    await withFake(function* (processes) {
      process = yield* createSubprocessExec("program");
      fake = processes.last;
      fake.onSignal = () => fake!.exit(-15);
      for (let i = 0; i < 2; i++) yield* use(process, () => sleep(0));
    });
    await process![Symbol.asyncDispose]();
    assertEquals(fake!.signals, ["SIGTERM at 0"]);
  });

  onEach("does not survive it, nor do the processes of its group", function* () {
    const script = "sleep 60 & echo $!; sleep 60 & echo $!; wait";
    const pids = yield* use(
      createSubprocessExec("sh", ["-c", script], { stdout: PIPE, processGroup: true }),
      function* (child) {
        const lines = [yield* child.stdout.readline(), yield* child.stdout.readline()];
        return [child.pid, ...lines.map((line) => pidOf(line))];
      },
    );
    // The last signal may still be on its way.
    while (pids.some(isAlive)) yield* sleep(5);
  });

  onEach("is killed if it does not care about SIGTERM", function* () {
    const script = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
    const options = { stdout: PIPE, gracePeriod: 30 } as const;
    let child: Process | null = null;
    yield* use(createSubprocessExec("sh", ["-c", script], options), function* (stubborn) {
      child = stubborn;
      yield* stubborn.stdout.readline();
    });
    assertEquals(child!.returncode, -9);
  });

  onEach("may clean up in its grace period", function* () {
    const script = "trap 'sleep 0.02; exit 42' TERM; echo ready; while :; do sleep 0.01; done";
    let child: Process | null = null;
    yield* use(createSubprocessExec("sh", ["-c", script], { stdout: PIPE }), function* (polite) {
      child = polite;
      yield* polite.stdout.readline();
    });
    assertEquals(child!.returncode, 42);
  });

  onEach("ends with its scope though another process holds its pipes open", function* () {
    let holder = 0;
    yield* use(createSubprocessShell("sleep 60 & echo $!", { stdout: PIPE, stderr: PIPE }), function* (child) {
      holder = pidOf(yield* child.stdout.readline());
      assertEquals([yield* child.wait(), isAlive(holder)], [0, true]);
    });
    process.kill(holder, "SIGKILL");
  });
});

describe("Process.wait()", () => {
  onEach("returns when the process has ended, whoever has its pipes, and several may wait", function* () {
    const child = yield* createSubprocessShell("sleep 60 & echo $!; exit 2", { stdout: PIPE });
    const other = createTask(child.wait());
    assertEquals([yield* child.wait(), yield* other, yield* child.wait()], [2, 2, 2]);
    process.kill(pidOf(yield* child.stdout.readline()), "SIGKILL");
    assertEquals(text(yield* child.stdout.read()), "");
  });

  it("cancelled, leaves the process alone", async () => {
    await withFake(function* (processes) {
      const child = yield* createSubprocessExec("program");
      assertEquals(yield* thrown(timeout(10, () => child.wait())), "TimeoutError");
      assertEquals([processes.last.signals, child.returncode], [[], null]);
      processes.last.exit(1);
      assertEquals(yield* child.wait(), 1);
    });
  });
});

describe("Process.communicate()", () => {
  /** Communicates with a process in memory for ten milliseconds. */
  function cut(prepare: (process: FakeProcess) => void, input: Uint8Array | null = null) {
    return withFake(function* (processes, loop) {
      const child = yield* createSubprocessExec("program", [], { ...PIPES, gracePeriod: 100 });
      if (input !== null) processes.last.stdin!.capacity = 0;
      const error = yield* thrown(timeout(10, () => child.communicate(input)));
      const { last } = processes;
      return { error, signals: last.signals, left: loop.time(), open: isAnyOpen(last) };
    }, prepare);
  }

  it("cancelled, asks the process to end, waits for it and closes its pipes", async () => {
    const result = await cut((child) => child.onSignal = () => child.exit(-15));
    assertEquals(result, { error: "TimeoutError", signals: ["SIGTERM at 10"], left: 10, open: false });
  });

  it("cancelled while the process does not read its input, does the same", async () => {
    const result = await cut((child) => child.onSignal = () => child.exit(-15), new Uint8Array(100_000));
    assertEquals(result, { error: "TimeoutError", signals: ["SIGTERM at 10"], left: 10, open: false });
  });

  it("cancelled, kills a process that does not end", async () => {
    const result = await cut((child) => child.onSignal = (signal) => signal === "SIGKILL" && child.exit(-9));
    assertEquals(result, {
      error: "TimeoutError",
      signals: ["SIGTERM at 10", "SIGKILL at 110"],
      left: 110,
      open: false,
    });
  });

  it("cancelled twice, kills at once", async () => {
    await withFake(function* (processes) {
      const child = yield* createSubprocessExec("program", [], PIPES);
      const talking = createTask(child.communicate());
      yield* sleep(1);
      talking.cancel();
      yield* sleep(1);
      processes.last.onSignal = () => processes.last.exit(-9);
      talking.cancel();
      assertEquals(yield* thrown(talking), "CancelledError");
      yield* sleep(1);
      assertEquals([processes.last.signals, child.returncode], [["SIGTERM at 1", "SIGKILL at 2"], -9]);
    });
  });

  it("cancelled after the process has ended, waits for nobody who has its pipes", async () => {
    const result = await cut((child) => child.exit(0, { close: false }));
    assertEquals(result, { error: "TimeoutError", signals: [], left: 10, open: false });
  });

  it("shielded, goes on when its caller is cancelled", async () => {
    await withFake(function* (processes) {
      const child = yield* createSubprocessExec("program", [], PIPES);
      const talking = createTask(child.communicate());
      assertEquals(
        yield* thrown(timeout(10, function* () {
          yield* shield(talking);
        })),
        "TimeoutError",
      );
      processes.last.ends[1]?.write(bytes("late"));
      processes.last.exit(0);
      assertEquals([text((yield* talking)[0]), processes.last.signals], ["late", []]);
    });
  });

  onEach("cancelled, leaves nothing behind", function* () {
    const child = yield* createSubprocessExec("sleep", ["60"], PIPES);
    assertEquals(yield* thrown(timeout(5, () => child.communicate(new Uint8Array(1_000_000)))), "TimeoutError");
    assertEquals([child.returncode, isAlive(child.pid)], [-15, false]);
    // Its transport has ended with it.
    yield* sleep(0);
    let error: unknown = null;
    try {
      child.kill();
    } catch (caught) {
      error = caught;
    }
    assertEquals(error instanceof OSError && error.code, "ESRCH");
  });

  onEach("cuts the wait for a process that another one outlives", function* () {
    const child = yield* createSubprocessShell("sleep 60 & echo $!", { stdout: PIPE });
    const holder = pidOf(yield* child.stdout.readline());
    assertEquals(yield* thrown(timeout(5, () => child.communicate())), "TimeoutError");
    process.kill(holder, "SIGKILL");
  });
});

describe("run()", () => {
  it("ends with a process that nobody waited for: it is killed", async () => {
    let pid = 0;
    await run(function* () {
      pid = (yield* createSubprocessExec("sleep", ["60"])).pid;
    });
    await eventually(() => !isAlive(pid), `the end of process ${pid}`);
  });

  it("warns of it in debug mode", async () => {
    const warnings: string[] = [];
    const { warn } = console;
    console.warn = (text: string) => warnings.push(text);
    try {
      await withFake(function* (_processes, loop: EventLoop) {
        loop.setDebug(true);
        yield* createSubprocessExec("program");
        assertEquals(getRunningLoop(), loop);
      });
    } finally {
      console.warn = warn;
    }
    assertEquals(warnings.map((text) => /was not closed before its loop\. What runs is killed/.test(text)), [true]);
  });

  it("times a process out like everything else", async () => {
    const slow = () => run(() => timeout(5, () => use(createSubprocessExec("sleep", ["60"]), (child) => child.wait())));
    assertEquals(await slow().catch((error: unknown) => error instanceof TimeoutError), true);
  });
});
