import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type RemoteModule, WorkerPool } from "../../mod.ts";
import { withPool } from "./pools.ts";

const url = new URL("./fixtures/talkative.ts", import.meta.url);

function talkative(pool: WorkerPool): RemoteModule<typeof import("./fixtures/talkative.ts")> {
  return pool.remoteModule<typeof import("./fixtures/talkative.ts")>(url);
}

describe("What a module says by the worker's own port", () => {
  it("is not taken for the result of a call, nor for its error", async () => {
    await withPool(function* ({ pool, plain }) {
      const { shout, shoutLater, slowly } = talkative(pool);
      for (let i = 0; i < 5; i++) assertEquals(yield* shout(i), i);
      for (let i = 0; i < 5; i++) {
        yield* shoutLater();
        assertEquals(yield* slowly(i), i);
        assertEquals(yield* plain.add(i, 1), i + 1);
      }
    });
  });

  it("may be heard, or not, without a call of the pool being lost", async () => {
    await withPool(function* ({ pool, plain }) {
      const { closeOwnPort, listenToo, shout } = talkative(pool);
      assertEquals(yield* listenToo(), "listens");
      const { id } = yield* plain.thread();
      for (let i = 0; i < 5; i++) assertEquals(yield* shout(i), i);
      assertEquals(yield* closeOwnPort(), "closed");
      for (let i = 0; i < 5; i++) assertEquals(yield* shout(i), i);
      assertEquals((yield* plain.thread()).id, id);
    });
  });
});

describe("The result of a call", () => {
  it("comes also if the worker exits right after it", async () => {
    for (let i = 0; i < 10; i++) {
      await using pool = new WorkerPool({ maxWorkers: 1 });
      assertEquals(await pool.submit(talkative(pool).lastWords, `word ${i}`), `word ${i}`);
    }
  });
});
