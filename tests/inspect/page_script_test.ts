/**
 * What the script of the live page makes of messages, without a browser.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MODEL } from "../../src/inspect/page/model.ts";
import { SAVING } from "../../src/inspect/page/saving.ts";
import { TREE } from "../../src/inspect/page/tree.ts";
import type { PageHello, PageTask, PageUpdate } from "../../src/inspect/page_protocol.ts";

interface Line {
  readonly task: { readonly name: string };
  readonly level: number;
  readonly isRing: boolean;
}

/** The parts of the script that touch no document. */
interface Script {
  readonly known: { readonly rates: Record<string, number>; readonly tasks: Map<number, unknown> };
  readonly view: { filter: string; showsEnded: boolean; readonly collapsed: Set<number>; readonly lines: Line[] };
  takeHello(hello: PageHello): boolean;
  takeUpdate(update: PageUpdate): void;
  buildLines(): void;
  shown(text: string): string;
  duration(milliseconds: number): string;
  size(bytes: number): string;
  chromeTrace(): { readonly traceEvents: readonly Record<string, unknown>[] };
}

function script(): Script {
  const names = "known, view, takeHello, takeUpdate, buildLines, shown, duration, size, chromeTrace";
  const isSlow = "const isSlow = (milliseconds) => milliseconds >= known.hello.slow;";
  const made = new Function(`"use strict"; ${MODEL} ${TREE} ${isSlow} ${SAVING} return { ${names} };`)() as Script;
  made.takeHello(hello("first"));
  return made;
}

function hello(program: string): PageHello {
  return { type: "hello", version: 1, runtime: "deno", pid: 7, program, loop: "<EventLoop>", slow: 100, time: 0 };
}

function task(id: number, more: Partial<PageTask> = {}): PageTask {
  return {
    ...{
      id,
      name: `task ${id}`,
      coroutine: "work",
      state: "waiting",
      waitsFor: "sleep",
      until: null,
      since: 0,
      made: null,
      born: 0,
    },
    ...{ ended: null, parent: null, cancelling: 0, steps: 0, ran: 0 },
    ...more,
  };
}

function update(time: number, tasks: readonly PageTask[], more: Partial<PageUpdate> = {}): PageUpdate {
  const counters = { tasks: tasks.length, ready: 0, timers: 0, sockets: 0, received: 0, sent: 0, steps: 0 };
  const counted = { ...counters, callbacks: 0, iterations: 0, requests: {} };
  return {
    type: "update",
    time,
    full: false,
    counters: counted,
    lag: 0,
    tasks,
    ticks: [],
    spans: [],
    omitted: 0,
    ...more,
  };
}

/** The lines, each with its level. */
function lines(page: Script): string[] {
  page.buildLines();
  return page.view.lines.map(({ task, level, isRing }) => `${level} ${task.name}${isRing ? " ring" : ""}`);
}

describe("The script of the live page", () => {
  it("puts each task below the one that waits for it, those that live first, those that ended last in front", () => {
    const page = script();
    page.takeUpdate(update(100, [task(1), task(2, { parent: 1 }), task(3), task(4, { parent: 2 })]));
    page.takeUpdate(update(200, [task(1, { state: "done", ended: 150 }), task(5, { state: "failed", ended: 190 })]));
    assertEquals(lines(page), ["0 task 3", "0 task 5", "0 task 1", "1 task 2", "2 task 4"]);
    page.view.showsEnded = false;
    assertEquals(lines(page), ["0 task 2", "1 task 4", "0 task 3"]);
  });

  it("shows tasks that wait for one another in a ring, which are below nobody", () => {
    const page = script();
    page.takeUpdate(update(100, [task(1, { parent: 2 }), task(2, { parent: 1 }), task(3, { parent: 3 })]));
    assertEquals(lines(page), ["0 task 3", "0 task 1 ring", "1 task 2"]);
  });

  it("leaves by the filter what matches, with what is above it, however that is collapsed", () => {
    const page = script();
    const own = { name: "Wanted", parent: 2, made: "file:///main.ts:3:5" };
    page.takeUpdate(update(100, [task(1), task(2, { parent: 1 }), task(3, own), task(4)]));
    page.view.collapsed.add(1);
    assertEquals(lines(page), ["0 task 1", "0 task 4"]);
    page.view.filter = "main.ts";
    assertEquals(lines(page), ["0 task 1", "1 task 2", "2 Wanted"]);
  });

  it("forgets tasks that have ended after a while, and all but the newest of very many", () => {
    const page = script();
    const many = Array.from({ length: 500 }, (_, at) => task(at + 1, { state: "done", ended: at }));
    page.takeUpdate(update(500, many));
    assertEquals(page.known.tasks.size, 300);
    page.takeUpdate(update(20_000, []));
    assertEquals(page.known.tasks.size, 0);
  });

  it("tells how much of everything there is in a second", () => {
    const page = script();
    const { counters } = update(0, []);
    page.takeUpdate(update(1_000, []));
    page.takeUpdate(update(1_500, [], {
      counters: { ...counters, steps: 50, received: 1_024, requests: { delivered: 10, failed: 1 } },
    }));
    const { steps, received, requests } = page.known.rates;
    assertEquals([steps, received, requests], [100, 2_048, 22]);
  });

  it("forgets the waits of a task that lives long, as it does its steps", () => {
    const page = script();
    for (let at = 0; at < 200; at++) page.takeUpdate(update(at * 1_000, [task(1, { since: at * 1_000 })]));
    const { waits } = page.known.tasks.get(1) as { readonly waits: readonly unknown[] };
    assertEquals(waits.length <= 61, true, `${waits.length} are kept`);
  });

  it("forgets everything when it is told everything anew", () => {
    const page = script();
    page.takeUpdate(update(100, [task(1)]));
    page.takeUpdate(update(200, [task(2)], { full: true }));
    assertEquals(lines(page), ["0 task 2"]);
  });

  it("forgets the tasks of another program at the same address, and keeps those of the same", () => {
    const page = script();
    page.takeUpdate(update(1_000, [task(1)]));
    assertEquals([page.takeHello(hello("first")), page.known.tasks.size], [false, 1]);
    assertEquals([page.takeHello(hello("second")), page.known.tasks.size], [true, 0]);
  });

  it("writes out what would turn a text round, and tells durations and sizes as people do", () => {
    const page = script();
    assertEquals(page.shown("a\u001b[31m\n\u202eb\u200b"), "a\\u{1b}[31m\\u{a}\\u{202e}b\\u{200b}");
    const durations = [0.123, 5, 123.4, 1_500, 90_000, 3_700_000].map((one) => page.duration(one));
    assertEquals(durations, ["0.12 ms", "5.0 ms", "123 ms", "1.5 s", "1 min 30 s", "1 h 1 min"]);
    assertEquals([5, 2_048, 5 << 20].map((one) => page.size(one)), ["5 B", "2.0 KB", "5.0 MB"]);
  });

  it("knows no end of a sleep that has none", () => {
    const page = script();
    page.takeUpdate(update(1_000, [task(1, { until: 1_100 })]));
    page.takeUpdate(update(1_200, [], { ticks: [1, 2, 110_000, -1, 2, 10] }));
    assertEquals(page.known.tasks.get(1), { ...page.known.tasks.get(1) as PageTask, since: 1_100, until: null });
  });

  it("makes a trace that Perfetto reads, of ten thousand tasks that go on, and of some that never took a step", () => {
    const page = script();
    const tasks = Array.from(
      { length: 10_000 },
      (_, at) => task(at + 1, { born: null, name: `"quoted" \u2028 ${at}` }),
    );
    page.takeUpdate(update(100.004, tasks, { spans: tasks.slice(5_000).flatMap(({ id }) => [id, 50.123, 50.1234]) }));
    page.takeUpdate(update(350.5, [], { ticks: [7_000, 3, 30_000, -1, 2, 40] }));
    const { traceEvents } = JSON.parse(JSON.stringify(page.chromeTrace())) as ReturnType<Script["chromeTrace"]>;
    const isWhole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
    for (const event of traceEvents) {
      const { ph, name, pid, tid, ts, dur } = event;
      const isRight = typeof name === "string" && isWhole(pid) && isWhole(tid) &&
        ["M", "X", "i", "C"].includes(String(ph)) &&
        (ph === "M" || isWhole(ts)) && (ph !== "X" || isWhole(dur));
      assert(isRight, JSON.stringify(event));
    }
    const named = traceEvents.filter(({ name }) => name === "thread_name").map(({ tid }) => tid);
    const filled = new Set(traceEvents.filter(({ ph }) => ph === "X").map(({ tid }) => tid));
    assertEquals([named.length, filled.size], [10_000, 10_000]);
    assertEquals(traceEvents.filter(({ ph }) => ph === "i").map(({ tid, name, ts }) => [tid, name, ts]), [
      [7_000, "done", 300_000],
    ]);
  });

  it("makes a trace of the steps, with the waits between them by what they were for", () => {
    const page = script();
    page.takeUpdate(update(100, [task(1, { waitsFor: "Task other", since: 12 })], { spans: [1, 10, 12] }));
    page.takeUpdate(update(400, [task(1, { state: "done", waitsFor: null, since: null, ended: 350 })], {
      spans: [1, 200, 350],
    }));
    const events = page.chromeTrace().traceEvents;
    const steps = events.filter(({ cat }) => cat === "step").map(({ ts, dur, args }) => ({ ts, dur, args }));
    assertEquals(steps, [{ ts: 10_000, dur: 2_000, args: {} }, { ts: 200_000, dur: 150_000, args: { slow: true } }]);
    const [first, wait] = events.filter(({ cat }) => cat === "wait");
    assertEquals([first?.name, first?.ts, first?.dur], ["waits", 0, 10_000]);
    assertEquals([wait?.name, wait?.ts, wait?.dur], ["waits for Task other", 12_000, 188_000]);
    assert(events.some(({ ph, name, ts }) => ph === "i" && name === "done" && ts === 350_000));
    assertMatch(JSON.stringify(events[0]), /"process_name".*deno <EventLoop>/);
    assert(events.every(({ pid }) => pid === 7));
  });
});
