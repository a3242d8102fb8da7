/**
 * The program that looks at another one, which has several loops, some of them in workers.
 */
import process from "node:process";
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Snapshot } from "../../src/inspect/mod.ts";
import { fixtureFlags, Program } from "../program.ts";
import { freePort } from "../free_port.ts";

const FLAGS = fixtureFlags("--allow-all");
const PROGRAM = new URL("../../src/inspect/mod.ts", import.meta.url);
const FIXTURE = new URL("./fixtures/threads.ts", import.meta.url);

/** Runs the program to its end. */
async function cli(...args: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const program = new Program(PROGRAM, FLAGS, args);
  const code = await program.ended;
  return { code, output: program.output.replace(program.errors, ""), errors: program.errors };
}

/** Runs a test beside the fixture, once all of its loops run. */
async function beside(
  test: (program: Program) => Promise<void>,
  flags: string[] = [],
  args: string[] = [],
): Promise<void> {
  const program = new Program(FIXTURE, [...FLAGS, ...flags], args);
  try {
    for (const name of ["first", "second", "third"]) await program.until(`${name} runs`);
    await test(program);
  } finally {
    process.kill(program.pid, "SIGKILL");
    await program.ended;
  }
}

/** Which tasks with names of their own are below which line of the loop. */
function namesIn(tree: string): [loop: string, name: string][] {
  let loop = "";
  return tree.split("\n").flatMap((line): [string, string][] => {
    const [, head] = /^loop \d+(.*):$/.exec(line) ?? [];
    if (head !== undefined) loop = head.trim() || "main";
    const [, name] = /^└── \(T\) (first|second|third)$/.exec(line) ?? [];
    return name === undefined ? [] : [[loop, name]];
  });
}

describe("inspect ps|pstree of a program with several loops", () => {
  it("has those of the thread that is asked, each below a line that tells them apart", async () => {
    await beside(async ({ output }) => {
      const url = /http:\S+token=\w+/.exec(output)![0];
      const tree = await cli("pstree", url);
      assertEquals([tree.code, tree.errors], [0, ""]);
      assertEquals(namesIn(tree.output).sort(), [["main", "first"], ["main", "second"]]);
      const loops = (await cli("ps", url)).output.split("\n").flatMap((line) =>
        /^(\d+) .* (?:first|second) /.exec(line)?.[1] ?? []
      );
      assertEquals(new Set(loops).size, 2);
    });
  });

  if (!("Bun" in globalThis)) {
    it("has those of all threads by the debugger of V8", async () => {
      const port = await freePort();
      await beside(async () => {
        const tree = await cli("pstree", `:${port}`);
        assertEquals([tree.code, tree.errors], [0, ""]);
        assertEquals(namesIn(tree.output).map(([loop, name]) => [loop.replace(/\d+/, "N"), name]).sort(), [
          ["main", "first"],
          ["main", "second"],
          ["worker N", "third"],
        ]);
        assertMatch((await cli("ps", `:${port}`)).output, /^\d+ worker \d+ +0x\w+ +third /m);
        const { loops } = JSON.parse((await cli("ps", `:${port}`, "--json")).output) as Snapshot;
        assertEquals(loops.map(({ worker }) => typeof worker).sort(), ["number", "object", "object"]);
      }, [`--inspect=127.0.0.1:${port}`]);
    });

    it("says of a worker that it does not answer, and shows the others", async () => {
      const port = await freePort();
      await beside(
        async () => {
          const { code, output, errors } = await cli("pstree", `:${port}`);
          assertEquals([code, namesIn(output).sort()], [1, [["main", "first"], ["main", "second"]]]);
          assertMatch(
            errors,
            /^ERROR: Worker \d+ does not answer: it is in a step that does not end, .* It is in \S*endless /,
          );
        },
        [`--inspect=127.0.0.1:${port}`],
        ["busy"],
      );
    });
  }
});
