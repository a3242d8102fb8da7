import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { call, type Coroutine, createTask, gather, sleep, taskGroup } from "../../../mod.ts";
import { play } from "../../core/play.ts";
import { ticks } from "../steps.ts";

function* inner(say: (word: string) => void): Coroutine<void> {
  try {
    yield* sleep(60_000);
  } finally {
    yield* sleep(1);
    say("inner cleaned");
  }
}

const DELEGATIONS: Record<string, (inner: Coroutine<void>) => Coroutine<unknown>> = {
  "yield*": function* (inner) {
    yield* inner;
  },
  "call()": function* (inner) {
    yield* call(inner);
  },
  "a task": function* (inner) {
    yield* createTask(inner);
  },
  "gather()": function* (inner) {
    yield* gather(inner);
  },
  "a group": function* (inner) {
    yield* taskGroup(function* (group) {
      group.createTask(inner);
    });
  },
};

describe("A delegated finally that suspends does not let the outer coroutine carry on after a cancel, through", () => {
  for (const [name, delegate] of Object.entries(DELEGATIONS)) {
    it(name, async () => {
      await play(function* () {
        const words: string[] = [];
        const task = createTask(function* () {
          try {
            yield* delegate(inner((word) => words.push(word)));
            words.push("carried on");
          } finally {
            yield* sleep(1);
            words.push("outer cleaned");
          }
          words.push("carried on");
        });
        yield* ticks(3);
        task.cancel();
        yield* sleep(10);
        assert(task.cancelled());
        assertEquals(words, ["inner cleaned", "outer cleaned"]);
      });
    });
  }
});
