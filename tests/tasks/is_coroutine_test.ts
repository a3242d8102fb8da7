import { assert, assertFalse } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  call,
  coroutine,
  fromPromise,
  Future,
  isCoroutine,
  isFuture,
  sleep,
  taskGroup,
  timeout,
  waitFor,
} from "../../mod.ts";
import { virtualLoop } from "../core/play.ts";

function* generator() {
  yield* sleep(0);
}

describe("isCoroutine()", () => {
  it("holds for what a generator function gives", () => {
    assert(isCoroutine(generator()));
  });

  it("holds for every lazy awaitable of the module", () => {
    const lazy = coroutine(function* () {});
    const promise = Promise.resolve();
    const all = [
      lazy(),
      sleep(0),
      sleep(1),
      sleep(0, "result"),
      call(generator()),
      fromPromise(promise),
      timeout(1, generator),
      taskGroup(generator),
      waitFor(promise, 1),
    ];
    for (const awaitable of all) assert(isCoroutine(awaitable));
  });

  it("holds for a call of an async function that coroutine() wrapped", () => {
    assert(isCoroutine(coroutine(async () => {})()));
  });

  it("does not hold for functions, futures, promises and plain iterators", () => {
    const loop = virtualLoop();
    async function* asyncGenerator() {}
    const others = [
      generator,
      loop.createFuture(),
      Promise.resolve(),
      [][Symbol.iterator](),
      asyncGenerator(),
      { next() {}, throw() {}, return() {} },
      null,
      undefined,
      5,
      "text",
    ];
    for (const value of others) assertFalse(isCoroutine(value));
    loop.close();
  });
});

describe("isFuture()", () => {
  it("holds for futures and tasks, before and after they are done", async () => {
    const loop = virtualLoop();
    const future = loop.createFuture();
    const task = loop.createTask(generator());
    for (const value of [future, task]) assert(isFuture(value));
    await loop.runUntilComplete(task);
    assert(isFuture(task));
    future.cancel();
    assert(isFuture(future));
    loop.close();
  });

  it("does not hold for coroutines, lazy awaitables, promises and the class itself", () => {
    const others = [generator(), sleep(1), Promise.resolve(), Future, { then() {} }, null, undefined, "future"];
    for (const value of others) assertFalse(isFuture(value));
  });
});
