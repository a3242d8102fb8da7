import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { runFixture } from "./processes.ts";

describe("SIGINT", () => {
  it("cancels main, whose finally runs; run() rejects with KeyboardInterrupt, and the exit code is 130", async () => {
    const { code, output, errors } = await runFixture("interrupt.ts", "once");
    assertEquals(output, ["ready", "cleaned up", "KeyboardInterrupt"], errors);
    assertEquals(code, 130);
  });

  it("cancels an async main as well", async () => {
    const { code, output, errors } = await runFixture("interrupt.ts", "async");
    assertEquals(output, ["cleaned up", "KeyboardInterrupt"], errors);
    assertEquals(code, 130);
  });

  it("says what main waited for, by its frames or in words", async () => {
    const { output, errors } = await runFixture("interrupt.ts", "where");
    const words = "The program was interrupted by SIGINT; it waited for <wait <Event [unset, waiters:1]>>.";
    assertEquals(output, ["waitsLong outermost", words], errors);
  });

  it("that nobody catches ends the program with an error that names it", async () => {
    const { code, output, errors } = await runFixture("interrupt.ts", "uncaught");
    assertEquals(output, ["ready", "cleaned up"], errors);
    assertStringIncludes(errors, "KeyboardInterrupt");
    assertEquals(code !== 0, true);
  });

  it("a second time ends the process at once with 130", async () => {
    const { code, output, errors } = await runFixture("interrupt.ts", "twice");
    assertEquals(output, ["ready"], errors);
    assertEquals(code, 130);
  });

  it("a second time kills the processes that do not listen", async () => {
    // That process has the same stderr, and would hold it open.
    const { code, output, errors } = await runFixture("interrupt.ts", "twice with a process");
    assertEquals(output, ["ready", "cleaned up"], errors);
    assertEquals(code, 130);
  });

  it("three times within 200 ms is one Ctrl-C", async () => {
    const { code, output, errors } = await runFixture("interrupt.ts", "burst");
    assertEquals(output, ["ready", "cleaned up", "KeyboardInterrupt"], errors);
    assertEquals(code, 130);
  });

  it("three times within 200 ms is one Ctrl-C, also when main has ended and others still clean up", async () => {
    const { code, signal, output, errors } = await runFixture("interrupt.ts", "burst while closing");
    assertEquals(output, ["ready", "cleaned up", "the other cleaned up", "KeyboardInterrupt"], errors);
    assertEquals([code, signal], [130, null]);
  });

  it("whose cancel main swallows leaves its result and the exit code", async () => {
    const { code, output, errors } = await runFixture("interrupt.ts", "swallowed");
    assertEquals(output, ["ready", "cleaned up", "result went on"], errors);
    assertEquals(code, 0);
  });

  it("belongs to whoever handles it by addSignalHandler()", async () => {
    const { code, output, errors } = await runFixture("interrupt.ts", "own handler");
    assertEquals(output, ["result handled"], errors);
    assertEquals(code, 0);
  });

  it("ends one run of a Runner, and the next runs as usual and can be interrupted too", async () => {
    const { code, output, errors } = await runFixture("interrupt.ts", "runner");
    const interrupted = ["ready", "cleaned up", "KeyboardInterrupt"];
    assertEquals(output, [...interrupted, "result second run", ...interrupted], errors);
    assertEquals(code, 130);
  });
});

describe("EventLoop.addSignalHandler()", () => {
  it("calls back with its arguments; a later handler replaces an earlier one; removing says whether there was one", async () => {
    const { code, output, errors } = await runFixture("interrupt.ts", "signal handler");
    assertEquals(output, ["true false", "result called"], errors);
    assertEquals(code, 0);
  });
});
