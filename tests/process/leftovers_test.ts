import { spawnSync } from "node:child_process";
import process from "node:process";
import { assertEquals } from "@std/assert";
import { describe } from "@std/testing/bdd";
import { type Coroutine, createSubprocessExec, DEVNULL, PIPE, sleep, use } from "../../mod.ts";
import { ADAPTERS, bytes, onEach } from "./hosts.ts";

const PIPES = { stdin: PIPE, stdout: PIPE, stderr: PIPE } as const;

/** Milliseconds that a thousand processes may take on a busy machine. */
const PATIENCE_OF_A_THOUSAND = 110_000;

/** How many descriptors this program has, where the system tells. */
function descriptors(): number {
  if (process.platform !== "linux") return 0;
  // Deno lets only programs with every permission read /proc.
  const { stdout } = spawnSync("ls", [`/proc/${process.pid}/fd`], { encoding: "utf8" });
  return stdout.split("\n").length;
}

/** How many children have ended and were not looked after. */
function zombies(): number {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "--ppid", String(process.pid)], { encoding: "utf8" });
  return stdout.split("\n").filter((state) => state.startsWith("Z")).length;
}

/** Looks until no more is left than was there before; what a runtime closes in a thread of its own takes a moment. */
function* comesBackTo(before: number): Coroutine<void> {
  while (descriptors() > before || zombies() > 0) yield* sleep(5);
}

function* talk(): Coroutine<void> {
  const child = yield* createSubprocessExec("cat", [], PIPES);
  const [output] = yield* child.communicate(bytes("hello"));
  assertEquals([output.length, child.returncode], [5, 0]);
}

describe("A thousand short processes in a row", () => {
  onEach("leave neither a descriptor nor a process that nobody looked after", function* (adapter) {
    // The first ones load what stays.
    for (let i = 0; i < 5; i++) yield* talk();
    const before = descriptors();
    // The thousand is for the adapter that the runtime has by default; the other one is the same code everywhere.
    for (let i = 0; i < (adapter === ADAPTERS[0] ? 1_000 : 50); i++) yield* talk();
    yield* comesBackTo(before);
  }, PATIENCE_OF_A_THOUSAND);

  onEach("nor do those that are not read, that end before they are written to, or that are cut off", function* () {
    const once = function* () {
      const unread = yield* createSubprocessExec("echo", ["unread"], PIPES);
      assertEquals(yield* unread.wait(), 0);
      const deaf = yield* createSubprocessExec("true", [], { ...PIPES, stdout: DEVNULL });
      deaf.stdin.write(new Uint8Array(300_000));
      assertEquals(yield* deaf.wait(), 0);
      yield* use(createSubprocessExec("sleep", ["60"], PIPES), function* (cut) {
        cut.stdin.write(new Uint8Array(300_000));
        yield* sleep(0);
      });
      try {
        yield* createSubprocessExec("no-such-program-here", [], PIPES);
      } catch {
        // It has not even begun.
      }
    };
    for (let i = 0; i < 5; i++) yield* once();
    const before = descriptors();
    for (let i = 0; i < 20; i++) yield* once();
    yield* comesBackTo(before);
  });
});
