import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { runFixture } from "./processes.ts";

const program = (how: string) => runFixture("interrupt_tree.ts", how);
const tree =
  /: 2 tasks of <EventLoop .*\n└── \(T\) Task-1.*\n[^]*└── \(T\) waits for a lock\n[^]*acquire <Lock \[locked, waiters:1\]>/;

describe("The tree of the tasks is written when a program is interrupted", () => {
  it("for the second time, right before it ends", async () => {
    const { code, errors } = await program("twice");
    assertEquals(code, 130);
    assertMatch(errors, /^SIGINT ends the process: /);
    assertMatch(errors, tree);
    assertMatch(errors, /\(T\) Task-1 \[cancelling\]\n/);
  });

  it("and has not ended after `slowCancelDuration`", async () => {
    const { output, errors } = await program("late");
    assertMatch(errors, /^The program has not ended 20 ms after SIGINT: /m);
    assertMatch(errors, tree);
    assertEquals(output, ["KeyboardInterrupt"]);
  });

  it("for the first time in debug mode, before anything is cancelled", async () => {
    const { output, errors } = await program("debug");
    assertMatch(errors, /^SIGINT cancels the program: /);
    assertMatch(errors, tree);
    assertMatch(errors, /\(T\) Task-1\n/);
    assertEquals(output, ["KeyboardInterrupt"]);
  });

  it("unless it ends soon, or does not want it", async () => {
    const once = await program("once");
    assertEquals([once.output, once.errors], [["KeyboardInterrupt"], ""]);
    const without = await program("twice without");
    assertEquals([without.code, without.errors], [130, ""]);
  });
});
