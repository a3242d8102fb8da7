import { AsyncLocalStorage } from "node:async_hooks";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { defaultAdapter } from "../../src/adapters/default_adapter.ts";
import { denoMarks } from "../../src/adapters/deno/adapter.ts";
import type { AsyncMarks } from "../../src/adapters/adapter.ts";
import { SnapshotMarks, StorageMarks } from "../../src/adapters/shared/process.ts";

interface Mark {
  name: string;
}
const one: Mark = { name: "one" };
const two: Mark = { name: "two" };

const ways: [string, () => AsyncMarks<Mark>][] = [
  ["the host's cheapest way", () => defaultAdapter().marks!<Mark>()],
  ["AsyncLocalStorage and resources", () => new StorageMarks<Mark>()],
  ["AsyncLocalStorage and snapshots", () => new SnapshotMarks<Mark>()],
];

for (const [way, make] of ways) {
  describe(`A mark, by ${way},`, () => {
    it("is seen in the call and nowhere else", () => {
      const marks = make();
      assertEquals(marks.get(), undefined);
      assertEquals(marks.run(one, () => marks.get()), one);
      assertEquals(marks.get(), undefined);
      assertThrows(() =>
        marks.run(one, () => {
          throw new RangeError("thrown");
        }), RangeError);
      assertEquals(marks.get(), undefined);
    });

    it("follows an async function through its awaits, beside another's", async () => {
      const marks = make();
      const seen = async (rounds: number): Promise<Mark[]> => {
        const all = [marks.get()];
        for (let i = 0; i < rounds; i++) {
          await null;
          all.push(marks.get());
        }
        await new Promise((resolve) => setTimeout(resolve));
        return [...all, marks.get()] as Mark[];
      };
      const both = await Promise.all([marks.run(one, () => seen(3)), marks.run(two, () => seen(2))]);
      assertEquals(both, [[one, one, one, one, one], [two, two, two, two]]);
    });

    it("goes on inside of another, and comes back", () => {
      const marks = make();
      const seen: unknown[] = [];
      marks.run(one, () => {
        marks.run(two, () => seen.push(marks.get()));
        marks.run(undefined, () => seen.push(marks.get()));
        seen.push(marks.get());
      });
      assertEquals(seen, [two, undefined, one]);
    });

    it("leaves every AsyncLocalStorage as it is, whichever is entered first", async () => {
      const marks = make();
      const storage = new AsyncLocalStorage<string>();
      const look = async () => {
        await null;
        return [marks.get(), storage.getStore()];
      };
      assertEquals(await marks.run(one, () => storage.run("inner", look)), [one, "inner"]);
      assertEquals(await storage.run("outer", () => marks.run(one, look)), [one, "outer"]);
      assertEquals(await storage.run("outer", () => marks.run(one, () => marks.run(undefined, look))), [
        undefined,
        "outer",
      ]);
      assertEquals(await marks.run(one, () => storage.run("x", () => marks.run(two, look))), [two, "x"]);
    });

    it("is kept by a snapshot, with every AsyncLocalStorage", () => {
      const marks = make();
      const storage = new AsyncLocalStorage<string>();
      const snapshot = storage.run("then", () => marks.run(one, () => marks.snapshot()));
      const look = () => [marks.get(), storage.getStore()];
      assertEquals(storage.run("now", () => marks.run(two, () => snapshot(look))), [one, "then"]);
      assertThrows(() =>
        snapshot(() => {
          throw new RangeError("thrown");
        }), RangeError);
      assertEquals(look(), [undefined, undefined]);
    });
  });
}

describe("A Deno that has other functions than expected", () => {
  const internal = Symbol("internal");
  const host = (core: object) => ({ Deno: { internal, [internal]: { core } } });

  it("gets its marks by AsyncLocalStorage", () => {
    let frame: unknown;
    class Variable {
      enter(value: unknown) {
        frame = new Map([[this, value]]);
      }
      get() {
        return frame instanceof Map ? frame.get(this) : undefined;
      }
    }
    const fakes = [
      {},
      { getAsyncContext: () => frame, setAsyncContext: (next: unknown) => frame = next },
      { getAsyncContext: () => frame, setAsyncContext: (next: unknown) => frame = next, AsyncVariable: Variable },
      {
        getAsyncContext: () => frame,
        setAsyncContext: () => {
          throw new TypeError("no frames here");
        },
        AsyncVariable: Variable,
      },
    ];
    for (const fake of fakes) assert(denoMarks(host(fake)) instanceof StorageMarks);
    assertEquals(frame, undefined);
    for (const globals of [{}, { Deno: {} }, { Deno: { internal } }]) {
      assert(denoMarks(globals) instanceof StorageMarks);
    }
  });
});
