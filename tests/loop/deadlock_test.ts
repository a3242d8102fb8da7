import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Ended, runFixture } from "./processes.ts";

const isBun = "Bun" in globalThis;

type How = "main" | "run" | "run, not awaited";
const HOW: readonly How[] = ["main", "run", "run, not awaited"];

/** The programs mostly wait, so that several may run at once. */
const AT_ONCE = 8;

/** Runs programs, and looks at how each has ended. */
async function each(names: readonly string[], how: How, look: (name: string, ended: Ended) => void): Promise<void> {
  const left = [...names];
  const some = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const ended = await runFixture("deadlock.ts", name, how);
      try {
        look(name, ended);
      } catch (error) {
        throw new Error(`${name}, by ${how}: ${JSON.stringify(ended, null, 2)}`, { cause: error });
      }
    }
  };
  for (const outcome of await Promise.allSettled(Array.from({ length: AT_ONCE }, some))) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

/** The programs that are stuck, with their rings. */
const STUCK: Record<string, string | null> = {
  "an event": null,
  "an event, async": null,
  "a future": null,
  "a queue": null,
  "an event beside another loop that is stuck": null,
  "a ring": "'one' → 'other' → 'one'",
  "a ring of async functions": "'one' → 'other' → 'one'",
  "a ring by a group": "'parent' → 'child' → 'parent'",
  "a ring by gather, shield and wait": "'one' → 'two' → 'three' → 'one'",
  "a lock that it holds": "'work' → 'work'",
  "two locks": "'left' → 'right' → 'left'",
};

/** On Bun, a ring that only its own tasks can break. All else is a warning while a module awaits at its top level, for Bun says nothing then. */
const CERTAIN = ["a ring", "a ring by a group", "a ring by gather, shield and wait"];

const ALIVE = [
  "a timer of the host",
  "a ring that a timer of the host ends",
  "a ring beside tasks that go on",
  "a ring that a deadline breaks",
  "a lock that a timer of the host releases",
  "a signal handler",
  "a listener of the host for a signal",
  "a sleep without an end",
  "a promise of the host",
  "a promise of the host, awaited by a coroutine",
  "an abort",
  "a server",
  "a server of the host",
  "a process",
  "a worker",
  "a fetch",
  "another loop",
  "another loop that waits for the host",
  "another loop that a timer of the host wakes",
];

describe("A program that nothing will ever wake", () => {
  for (const how of HOW) {
    it(`ends with who waits for whom, by ${how}`, async () => {
      await each(Object.keys(STUCK), how, (name, { code, output, errors }) => {
        const isWarned = isBun && how === "run" && !CERTAIN.includes(name);
        const outstanding = isWarned ? "nothing is known to be outstanding" : "nothing is outstanding";
        assertStringIncludes(errors, `nothing is ready, no timer is left, ${outstanding} at the host, and `);
        assertStringIncludes(errors, `${isWarned ? "The program may be stuck. " : "DeadlockError: "}Cannot go on: `);
        assertMatch(errors, /<Task (pending|cancelling) name='work' /);
        const ring = STUCK[name];
        if (ring !== null) assertStringIncludes(errors, `\n  ring: ${ring}\n`);
        assertEquals([code, output.includes("done")], [isWarned ? 9 : 1, false]);
        if (name === "an event" && !isWarned) assertEquals(output, ["cleaned up"]);
      });
    });
  }
});

describe("A program that something will still wake", () => {
  for (const how of ["main", "run"] as const) {
    it(`goes on, by ${how}`, async () => {
      await each(ALIVE, how, (name, { code, output, errors }) => {
        assertEquals([code, output], [0, ["done"]]);
        if (!/^a (ring|lock) /.test(name)) assertEquals(errors, "");
        // Rings are told of once, and end nobody.
        else {
          assertMatch(errors, /^Tasks wait for one another, and none can go on unless [^]*\n {4}needs '/);
          assertEquals(errors.match(/Tasks wait for one another/g)?.length, 1);
        }
      });
    });
  }
});
