import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createTask, gather, PriorityQueue, sleep } from "../../mod.ts";
import { play } from "../core/play.ts";

function drain<T>(queue: PriorityQueue<T>): T[] {
  const items: T[] = [];
  while (!queue.empty()) items.push(queue.getNowait());
  return items;
}

function filled<T>(items: Iterable<T>, compare?: (a: T, b: T) => number): PriorityQueue<T> {
  const queue = new PriorityQueue<T>(0, { compare });
  for (const item of items) queue.putNowait(item);
  return queue;
}

describe("PriorityQueue", () => {
  it("gives the smallest item first: numbers and bigints, strings, arrays element by element", () => {
    assertEquals(drain(filled([3, 1n, 2, -1, 2])), [-1, 1n, 2, 2, 3]);
    assertEquals(drain(filled(["b", "a", "B", ""])), ["", "B", "a", "b"]);
    assertEquals(drain(filled([[2, "a"], [1, "b"], [1, "a", 0], [1, "a"], []])), [[], [1, "a"], [1, "a", 0], [1, "b"], [
      2,
      "a",
    ]]);
  });

  it("sorts any number of items", () => {
    let seed = 1;
    const items = Array.from({ length: 500 }, () => seed = (seed * 48_271) % 2_147_483_647);
    assertEquals(drain(filled(items)), [...items].sort((a, b) => a - b));
  });

  it("gives equal items in the order of Python's heapq", () => {
    const items = Array.from({ length: 8 }, (_, i) => ({ priority: 1, i }));
    const order = drain(filled(items, (a, b) => a.priority - b.priority)).map(({ i }) => i);
    assertEquals(order, [0, 2, 6, 5, 7, 4, 1, 3]);
    const arrays = Array.from({ length: 8 }, () => [1, "equal"]);
    assertEquals(drain(filled(arrays)).map((array) => arrays.indexOf(array)), [0, 2, 6, 5, 7, 4, 1, 3]);
  });

  it("takes a function that compares", () => {
    assertEquals(drain(filled([1, 3, 2], (a, b) => b - a)), [3, 2, 1]);
    // @ts-expect-error: not a function
    assertThrows(() => new PriorityQueue(0, { compare: "descending" }), TypeError);
  });

  it("compares no elements behind the first that differ", () => {
    const job = () => {};
    assertEquals(drain(filled([[2, 0, job], [1, 1, job], [1, 0, {}]])).map(([a, b]) => [a, b]), [[1, 0], [1, 1], [
      2,
      0,
    ]]);
  });

  it("refuses what has no order, or another kind than the rest, and stays as it was", () => {
    for (const item of [{}, null, undefined, NaN, Symbol("x"), () => {}, true]) {
      const queue = new PriorityQueue<unknown>();
      assertThrows(() => queue.putNowait(item), TypeError);
      assert(queue.empty());
    }
    const queue = filled<unknown>([5, 3, 4]);
    for (const item of ["1", [1], {}]) assertThrows(() => queue.putNowait(item), TypeError);
    assertEquals(String(queue), "<PriorityQueue maxsize=0 _queue=[3, 5, 4] tasks=3>");
    assertEquals(drain(queue), [3, 4, 5]);
  });

  it("finds two arrays without an order when it compares them, as heapq does, and stays as it was", () => {
    const put = filled<unknown>([[1, "x"]]);
    assertThrows(() => put.putNowait([1, 2]), TypeError, 'Cannot order the number 2 and the string "x"');
    assertThrows(() => put.putNowait([1, []]), TypeError);
    put.putNowait([1]);
    assertEquals(drain(put), [[1], [1, "x"]]);
    const taken = filled<unknown>([[0, 1], [1, "x"], [1, 2]]);
    assertThrows(() => taken.getNowait(), TypeError, 'Cannot order the number 2 and the string "x"');
    assertEquals(taken.qsize(), 3);
  });

  it("takes items whose elements or whose jobs change while it holds them", () => {
    const jobs = [[1], [2], [3]];
    const queue = filled<[number, number, unknown[]]>(jobs.map((job, i) => [1, i, job]));
    for (const job of jobs) job.push(0, 0);
    assertEquals(drain(queue).map(([, i]) => i), [0, 1, 2]);
    const item: [number, number, unknown[]] = [1, 0, []];
    queue.putNowait(item);
    item[1] = 7;
    assertEquals(queue.getNowait(), item);
    queue.putNowait([1, 0, []]);
    assertEquals(queue.qsize(), 1);
  });

  it("loses nothing when comparing fails halfway", () => {
    let failing = false;
    const queue = filled([5, 3, 4, 1], (a, b) => {
      if (failing) throw new Error("Cannot compare");
      return a - b;
    });
    const before = String(queue);
    failing = true;
    assertThrows(() => queue.putNowait(2), Error, "Cannot compare");
    assertThrows(() => queue.getNowait(), Error, "Cannot compare");
    assertEquals(String(queue), before);
    failing = false;
    assertEquals(drain(queue), [1, 3, 4, 5]);
  });

  it("gives the place of an item that it refuses to the next one that waits", async () => {
    await play(function* () {
      const queue = new PriorityQueue<unknown>(2);
      for (const item of [1, 2]) queue.putNowait(item);
      const refused = createTask(queue.put("text"));
      const next = createTask(queue.put(3));
      yield* sleep(0);
      assertEquals(queue.getNowait(), 1);
      yield* next;
      assertInstanceOf(refused.exception(), TypeError);
      assertEquals(drain(queue), [2, 3]);
    });
  });

  it("leaves an item to the next getter when comparing fails for one", async () => {
    await play(function* () {
      let failing = false;
      const compare = (a: number, b: number) => {
        if (!failing) return a - b;
        failing = false;
        throw new Error("Cannot compare");
      };
      const queue = new PriorityQueue<number>(0, { compare });
      const getters = [1, 2, 3, 4].map(() => createTask(queue.get()));
      yield* sleep(0);
      for (const item of [1, 2, 3]) queue.putNowait(item);
      failing = true;
      const [unlucky, ...others] = yield* gather(getters, { returnExceptions: true });
      assertInstanceOf(unlucky, Error);
      assertEquals(others, [1, 2, 3]);
    });
  });
});
