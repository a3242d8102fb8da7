/**
 * How debug mode is turned on, and what it knows of places.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createTask, currentTask, EventLoop, getRunningLoop, newEventLoop, run, sleep } from "../../mod.ts";
import { placeOf } from "../../src/debug/places.ts";
import { ended } from "../ended.ts";

describe("Debug mode", () => {
  it("knows where tasks, futures and timers were made, main as well", async () => {
    await run(function* main() {
      const loop = getRunningLoop();
      const own = currentTask();
      assert(own !== null && placeOf(own) !== undefined, "the place of main is not known");
      const made = [createTask(sleep(0)), loop.createFuture(), loop.callLater(1, () => {}), loop.callSoon(() => {})];
      for (const one of made) {
        const place = placeOf(one);
        assertMatch(place?.location ?? "", /debug_mode_test\.ts:\d+:\d+$/);
        assertMatch(String(place), /^\s+at .*debug_mode_test\.ts/);
      }
      yield* sleep(2);
    }, { debug: true });
  });

  it("knows where a task was made before it was loaded", async () => {
    using loop = new EventLoop({ debug: true });
    // A function of its own: of many tasks of one kind not each has a place.
    const task = loop.createTask(function* onlyHere() {
      yield* sleep(1);
    });
    await loop.runUntilComplete(task);
    assertMatch(placeOf(task)?.location ?? "", /debug_mode_test\.ts:\d+:\d+$/);
  });

  it("keeps nothing when it is off", async () => {
    await run(function* () {
      assertEquals(placeOf(createTask(sleep(0))), undefined);
      yield* sleep(1);
    }, { debug: false });
    using loop = newEventLoop();
    loop.setDebug(true);
    loop.setDebug(false);
    assertEquals(placeOf(loop.createFuture()), undefined);
  });

  describe("by ASYNCIO_DEBUG", () => {
    const file = fileURLToPath(new URL("fixtures/asked.ts", import.meta.url));
    const onDeno = ["run", "--no-check", "--no-config", "--quiet"];
    const flags = "Deno" in globalThis ? onDeno : [];
    const asked = async (value: string, ...more: string[]) => {
      const { output, errors } = await ended(process.execPath, [...flags, ...more, file], {
        env: { ...process.env, ASYNCIO_DEBUG: value },
      });
      return { lines: output.trim().split("\n"), errors };
    };
    const mayRead = "Deno" in globalThis ? ["--allow-env=ASYNCIO_DEBUG"] : [];

    it("is on unless the option says that it is off, for coroutine() functions as well", async () => {
      assertEquals((await asked("1", ...mayRead)).lines, ["true false", "work() was never awaited"]);
    });

    it("is off for 0 and for nothing", async () => {
      assertEquals((await asked("0", ...mayRead)).lines, ["false false"]);
      assertEquals((await asked("", ...mayRead)).lines, ["false false"]);
    });

    const onlyDeno = { ignore: !("Deno" in globalThis) };
    it("is not read where somebody would be asked whether it may be", onlyDeno, async () => {
      const { lines, errors } = await asked("1", "--allow-read");
      assertEquals(lines, ["false false"]);
      assertEquals(errors.trim(), "");
    });
  });
});
