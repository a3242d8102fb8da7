/**
 * The tree of the tasks at a signal.
 */
import process from "node:process";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { newEventLoop, run, Runner, sleep } from "../../mod.ts";
import { dumpOn } from "../../src/inspect/dump.ts";
import { eventually } from "../within.ts";
import { fixtureFlags, Program } from "../program.ts";

const runtime = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

describe("run() with dumpOn", () => {
  if (process.platform !== "win32") {
    it("writes the tasks whenever the signal comes, and goes on", async () => {
      const file = new URL("./fixtures/dumps.ts", import.meta.url);
      const program = new Program(file, fixtureFlags("--allow-all"));
      await program.until("ready");
      for (let times = 1; times <= 2; times++) {
        process.kill(program.pid, "SIGUSR2");
        const written = () => program.errors.split("└── (T) wait").length - 1 === times;
        await eventually(written, `the tasks for the ${times}. time`, () => program.output);
      }
      program.kill("SIGTERM");
      await program.ended;
      const [head, ...tree] = program.errors.split(/\n(?=2 tasks)/)[0]!.trimEnd().split("\n");
      assertMatch(head!, /^2 tasks of <EventLoop running=true closed=false debug=false> at \S+Z$/);
      assertEquals(tree.map((line) => line.replace(/main .*\//, "main ")), [
        "└── (T) Task-1",
        "    └──  main dumps.ts:12",
        "        └──  wait <Event [unset, waiters:2]>",
        "└── (T) wait\\u{1b}[2J",
        "    └──  wait <Event [unset, waiters:2]>",
      ]);
    });
  }

  it("refuses signals that are there for something else, and what is no signal", async () => {
    const refused: [unknown, string][] = [
      [null, "Cannot dump the tasks on null: give the name of a signal"],
      ["", "it is unknown"],
      ["SIGUSR2 ", "it is unknown"],
      ["\x1b[2J", '"\\u001b[2J": it is unknown'],
      [5, "Cannot dump the tasks on the number 5: give the name of a signal"],
      [["SIGUSR2"], "Cannot dump the tasks on a value of type Array: give the name of a signal"],
      ["usr2", 'Its name is "SIGUSR2"'],
      ["SIGNOTHING", "it is unknown"],
      ["SIGKILL", "no process can catch it"],
      ["SIGSEGV", "for a fault of the running code"],
      ["SIGINT", "it asks the program to end"],
      ["SIGTERM", "it asks the program to end"],
      ["constructor", "it is unknown"],
    ];
    if (runtime !== "bun") refused.push(["SIGUSR1", "it opens the inspector of V8"]);
    if (process.platform === "linux") refused.push(["SIGINFO", "this system has no such signal"]);
    for (const [dumpOn, words] of refused) {
      await assertRejects(() => run(sleep(0), { dumpOn: dumpOn as string }), Error, words);
    }
  });

  it("takes another signal where the system has not the usual one", () => {
    using loop = newEventLoop();
    const adapter = Object.create(loop.adapter, {
      addSignalListener: {
        value(signal: string) {
          if (signal !== "SIGBREAK") throw new RangeError(signal);
        },
      },
    });
    const windows = Object.create(loop, { adapter: { value: adapter } });
    const known = () => ["SIGINT", "SIGBREAK", "SIGTERM"];
    for (const signal of ["SIGUSR2", "SIGINFO", "SIGHUP"]) {
      assertThrows(() => dumpOn(windows, signal, known), RangeError, "Take SIGBREAK.");
    }
    assertThrows(() => dumpOn(windows, 5, known), TypeError, 'such as "SIGBREAK"');
    dumpOn(windows, "SIGBREAK", known)();
  });

  it("is refused in a worker, to which no signal comes", async () => {
    const program = new Program(new URL("./fixtures/dump_in_worker.ts", import.meta.url), fixtureFlags("--allow-all"));
    assertEquals(await program.ended, 0);
    assertMatch(
      program.output,
      /^NotSupportedError: Cannot dump the tasks on SIGUSR2: the adapter "\w+" has no signals here\. They come to the main thread/m,
    );
  });

  if (process.platform !== "win32") {
    it("writes the tasks of each loop that has asked for it, as long as that runs", async () => {
      const program = new Program(new URL("./fixtures/two_dumps.ts", import.meta.url), fixtureFlags("--allow-all"));
      await program.until("both run");
      process.kill(program.pid, "SIGUSR2");
      await eventually(() => /\(T\) first[^]*\(T\) second/.test(program.errors), "two trees", () => program.output);
      await program.until("one runs");
      const before = program.errors.length;
      process.kill(program.pid, "SIGUSR2");
      const after = () => program.errors.slice(before);
      await eventually(() => after().includes("(T) second"), "one tree", () => program.output);
      assertEquals(await program.ended, 0);
      assertEquals([after().includes("(T) first"), after().split(" of <EventLoop").length], [false, 2]);
    });
  }

  it("listens until the runner is closed", async () => {
    const signals: string[] = [];
    const runner = new Runner({ dumpOn: "SIGUSR2", signals: [] });
    const loop = runner.getLoop();
    const { adapter } = loop;
    Object.defineProperty(loop, "adapter", {
      value: Object.create(adapter, {
        addSignalListener: { value: (signal: string) => void signals.push(`+${signal}`) },
        removeSignalListener: { value: (signal: string) => void signals.push(`-${signal}`) },
      }),
    });
    await runner.run(sleep(0));
    await runner.run(sleep(0));
    assertEquals(signals, ["+SIGUSR2"]);
    await runner.close();
    assertEquals(signals, ["+SIGUSR2", "-SIGUSR2"]);
  });
});
