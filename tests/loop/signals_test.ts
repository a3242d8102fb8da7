import { assert, assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { defaultAdapter } from "../../src/adapters/default_adapter.ts";
import { nodeAdapter } from "../../src/adapters/node/adapter.ts";
import { type Coroutine, EventLoop, KeyboardInterrupt, run, Runner, RuntimeError, sleep } from "../../mod.ts";
import { runFixture } from "./processes.ts";

describe("The signals of run()", () => {
  for (const [signal, exit] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    it(`cancel main by ${signal} as by SIGINT; the exit code is ${exit}, and the error names the signal`, async () => {
      const { code, output, errors } = await runFixture("signals.ts", signal);
      assertEquals(output, ["ready", "cleaned up", `KeyboardInterrupt by ${signal}`], errors);
      assertEquals(code, exit);
    });
  }

  it("leave SIGTERM alone unless it is asked for", async () => {
    const { signal, output, errors } = await runFixture("signals.ts", "unasked");
    assertEquals([output, signal], [["ready"], "SIGTERM"], errors);
  });

  it("leave SIGINT alone if there are none", async () => {
    const { signal, output, errors } = await runFixture("signals.ts", "none");
    assertEquals([output, signal], [["ready"], "SIGINT"], errors);
  });

  it("end the process at once by another one of them, with the code of that one", async () => {
    const { code, output, errors } = await runFixture("signals.ts", "SIGINT, then SIGTERM");
    assertEquals([output, code], [["ready"], 143], errors);
  });

  it("are heard no longer than run() takes", async () => {
    const { signal, output, errors } = await runFixture("signals.ts", "after run");
    assertEquals(output, ["ready", "cleaned up", "KeyboardInterrupt by SIGTERM"], errors);
    assertEquals(signal, "SIGTERM");
  });

  it("are SIGINT for true, and none for false", async () => {
    const all = await runFixture("signals.ts", "true");
    assertEquals([all.output, all.code], [["ready", "cleaned up", "KeyboardInterrupt by SIGINT"], 130], all.errors);
    const none = await runFixture("signals.ts", "false");
    assertEquals([none.output, none.signal], [["ready"], "SIGINT"], none.errors);
  });

  it("must be an array of names of signals that ask for the end", async () => {
    assertThrows(() => new Runner({ signals: "SIGTERM" as never }), TypeError, "or an array of names");
    assertThrows(() => new Runner({ signals: [15] as never }), TypeError, "give its name");
    assertThrows(() => new Runner({ signals: ["SIGUSR1"] as never }), RangeError, "addSignalHandler()");
    assertThrows(() => new Runner({ signals: ["SIGKILL"] as never }), RangeError, "SIGINT");
    await assertRejects(() => run(sleep(0), { signals: ["TERM"] as never }), RangeError, '"TERM"');
  });
});

describe("A signal handler", () => {
  it("runs on the loop in the one context of whoever added it; what it throws is reported; it goes with the loop", async () => {
    const { signal, output, errors } = await runFixture("signals.ts", "handlers");
    assertEquals(output, [
      "called for whoever added it on true",
      "called for the first call on true",
      "Error: in a handler",
    ], errors);
    assertEquals(signal, "SIGUSR2");
  });

  it("says which signals the system has if it is none of them", { ignore: process.platform !== "linux" }, () => {
    for (const adapter of new Set([defaultAdapter(), nodeAdapter])) {
      using loop = new EventLoop({ adapter });
      for (const signal of ["SIGINFO", "SIGEMT", "SIGBREAK"]) {
        const words = `Cannot handle "${signal}": this system has no such signal, but SIGHUP, SIGINT,`;
        const error = assertThrows(() => loop.addSignalHandler(signal, () => {}), RangeError, words);
        assertFalse(/SIG(INFO|EMT|BREAK)[,.]/.test(error.message), error.message);
        assertEquals(loop.removeSignalHandler(signal), false);
      }
      for (const signal of ["SIGCHLD", "SIGWINCH", "SIGUSR2", "SIGPWR"]) {
        loop.addSignalHandler(signal, () => {});
        assertEquals(loop.removeSignalHandler(signal), true);
      }
    }
  });

  it("ends no run by one that the system does not have", { ignore: process.platform === "win32" }, async () => {
    const before = process.listenerCount("SIGBREAK");
    await run(function* () {
      assertEquals(process.listenerCount("SIGBREAK"), before);
      yield* sleep(0);
    }, { signals: ["SIGBREAK", "SIGTERM"] });
  });

  it("needs the name of a signal that there is and that can be caught, also to be removed", () => {
    using loop = new EventLoop();
    const add = (signal: unknown) => loop.addSignalHandler(signal as string, () => {});
    assertThrows(() => add(15), TypeError, "give its name");
    assertThrows(() => add("sigterm"), RangeError, 'Its name is "SIGTERM"');
    assertThrows(() => add("TERM"), RangeError, 'Its name is "SIGTERM"');
    assertThrows(() => add("SIGNOTHING"), RangeError, "no such signal");
    assertThrows(() => add("SIGKILL"), RuntimeError, "no process can catch it");
    assertThrows(() => add("SIGSTOP"), RuntimeError, "no process can catch it");
    for (const signal of ["SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL"]) {
      assertThrows(() => add(signal), RuntimeError, "no JavaScript can go on");
      // On Bun a listener of the host for one of them, once removed, ends the process.
      assertEquals(loop.removeSignalHandler(signal), false);
    }
    assertThrows(() => loop.removeSignalHandler(15 as never), TypeError, "give its name");
    assertThrows(() => loop.removeSignalHandler("SIGNOTHING"), RangeError, "no such signal");
    assertEquals(loop.removeSignalHandler("SIGTERM"), false);
  });
});

describe("Many loops at once", () => {
  it("have one listener of the host's for each signal, which warns of a leak at the eleventh", async () => {
    for (const adapter of new Set([defaultAdapter(), nodeAdapter])) {
      const loopFactory = () => new EventLoop({ adapter });
      const before = process.listenerCount("SIGINT");
      let most = 0;
      const look = function* (): Coroutine<void> {
        yield* sleep(1);
        most = Math.max(most, process.listenerCount("SIGINT") - before);
      };
      await Promise.all(Array.from({ length: 12 }, () => run(look, { loopFactory })));
      assert(most <= 1, `${most} listeners`);
      assertEquals(process.listenerCount("SIGINT"), before);
    }
  });

  it("are all told of a signal, also those that others have left meanwhile", async () => {
    const { code, output, errors } = await runFixture("signals.ts", "many");
    assertEquals(
      output,
      ["ready", ...Array.from({ length: 3 }, (_, i) => `${i} cleaned up`), "all interrupted"],
      errors,
    );
    assertEquals(code, 130);
  });
});

describe("A KeyboardInterrupt", () => {
  it("that a program makes is one of SIGINT unless it says otherwise", () => {
    assertEquals(new KeyboardInterrupt().signal, "SIGINT");
    assertEquals(new KeyboardInterrupt("x", { signal: "SIGTERM" }).signal, "SIGTERM");
  });
});
