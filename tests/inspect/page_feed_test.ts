import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  createTask,
  currentTask,
  Event,
  type EventLoop,
  getRunningLoop,
  openConnection,
  run,
  type Server,
  sleep,
  startServer,
  taskGroup,
} from "../../mod.ts";
import { PageFeed, type Viewer } from "../../src/inspect/page_feed.ts";
import {
  type PageEnd,
  type PageHello,
  type PageTask,
  type PageUpdate,
  STATES,
} from "../../src/inspect/page_protocol.ts";
import { serving } from "../http/serving.ts";
import { runFile } from "../loop/processes.ts";
import { eventually } from "../within.ts";

const encoder = new TextEncoder();

/** A page as the feed sees it: keeps what it is told. */
class Listener {
  readonly hello: PageHello;
  readonly updates: PageUpdate[] = [];
  readonly viewer: Viewer;
  /** What the page knows of the tasks. */
  readonly tasks = new Map<number, PageTask>();
  ended = false;

  /** Whether it does not take what it is sent. */
  isBehind = false;

  constructor(feed: PageFeed) {
    let hello: PageHello | null = null;
    this.viewer = feed.open((text) => {
      const message = JSON.parse(text) as PageHello | PageUpdate | PageEnd;
      if (message.type === "hello") hello = message;
      else if (message.type === "end") this.ended = true;
      else this.#take(message);
    }, () => this.isBehind);
    this.hello = hello!;
  }

  #take(update: PageUpdate): void {
    this.updates.push(update);
    if (update.full) this.tasks.clear();
    for (const task of update.tasks) this.tasks.set(task.id, task);
    for (let at = 0; at < update.ticks.length; at += 6) {
      const [id, state, ...rest] = update.ticks.slice(at, at + 6) as [number, number, number, number, number, number];
      const [time, until, steps, ran] = [rest[0] / 100, rest[1] / 100, rest[2], rest[3] / 100];
      const known = this.tasks.get(id)!;
      const isOver = state > 2;
      const since = state === 2 && time >= 0 ? time : null;
      this.tasks.set(id, { ...known, state: STATES[state]!, since, until, ended: isOver ? time : null, steps, ran });
    }
  }

  /** The names of those of whom the last message tells. */
  told(update = this.last()): string[] {
    const ticked = update.ticks.filter((_, at) => at % 6 === 0).map((id) => this.tasks.get(id)!.name);
    return [...update.tasks.map(({ name }) => name), ...ticked];
  }

  named(name: string): PageTask {
    const task = [...this.tasks.values()].find((one) => one.name === name);
    const names = new Set([...this.tasks.values()].map((one) => one.name));
    assert(task !== undefined, `There is no ${name} among ${[...names].slice(0, 50)}`);
    return task;
  }

  last(): PageUpdate {
    return this.updates.at(-1)!;
  }
}

function portOf({ sockets }: Server): number {
  const address = sockets[0]!.getsockname();
  return "port" in address ? address.port : 0;
}

function feedOf(): PageFeed {
  return new PageFeed(getRunningLoop() as EventLoop, 1);
}

describe("What a page is told", () => {
  it("is who was there before it was opened, with what they wait for and who waits for them", async () => {
    await run(function* () {
      const feed = feedOf();
      const nap = createTask(sleep(60_000), { name: "nap" });
      const asyncNap = createTask(async () => await sleep(60_000), { name: "async nap" });
      yield* sleep(1);
      const page = new Listener(feed);
      assertEquals([page.hello.version, page.hello.pid, page.hello.slow], [1, 1, 100]);
      assertEquals(page.hello.runtime.length > 0, true);
      feed.tell();
      assertEquals(page.last().full, true);
      assertEquals(page.named("nap").state, "waiting");
      assertStringIncludes(page.named("nap").waitsFor!, "sleep");
      assertEquals(page.named("nap").since, null);
      assertStringIncludes(page.named("async nap").waitsFor!, "sleep");
      page.viewer.end();
      assertEquals([page.ended, feed.size], [true, 0]);
      nap.cancel();
      asyncNap.cancel();
    });
  });

  it("is what changes, once, and how tasks end", async () => {
    await run(function* () {
      const feed = feedOf();
      const page = new Listener(feed);
      feed.tell();
      const child = createTask(function* () {
        yield* sleep(1);
        throw new Error("broken");
      }, { name: "child" });
      yield* sleep(0);
      feed.tell();
      const seen = page.named("child");
      assertEquals([seen.state, typeof seen.since, typeof seen.born, seen.steps], ["waiting", "number", "number", 1]);
      const before = page.updates.length;
      feed.tell();
      assertEquals(page.told(page.updates[before]).includes("child"), false);
      assertEquals(page.last().full, false);
      try {
        yield* child;
      } catch {
        // It is broken.
      }
      feed.tell();
      assertEquals([page.named("child").state, page.named("child").steps], ["failed", 2]);
      assertEquals(page.last().spans.length % 3, 0);
      assertEquals(page.updates.flatMap(({ spans }) => spans).includes(seen.id), true);
      page.viewer.close();
    });
  });

  it("has the waiting task as the parent, or else the maker", async () => {
    await run(function* () {
      const feed = feedOf();
      const page = new Listener(feed);
      const maker = createTask(function* () {
        createTask(sleep(5), { name: "made" });
        yield* sleep(5);
      }, { name: "maker" });
      const waiter = createTask(function* () {
        yield* maker;
      }, { name: "waiter" });
      yield* sleep(1);
      feed.tell();
      assertEquals(page.named("maker").parent, page.named("waiter").id);
      assertEquals(page.named("made").parent, page.named("maker").id);
      assertEquals(page.named("waiter").waitsFor, "Task maker");
      yield* waiter;
      page.viewer.close();
    });
  });

  it("counts steps, callbacks, requests by their outcome, and the longest wait", async () => {
    const handler = (request: Request) => {
      if (request.url.endsWith("broken")) throw new Error("broken");
      return new Response("well");
    };
    await serving(handler, async (server) => {
      const feed = new PageFeed(server.getLoop() as EventLoop, null);
      const page = new Listener(feed);
      for (const path of ["/", "/", "/broken"]) await (await fetch(server.url + path)).text();
      await sleep(1);
      const requests = () => {
        feed.tell();
        return page.last().counters.requests;
      };
      await eventually(() => requests().delivered === 2 && requests().failed === 1, "the requests");
      const { counters } = page.last();
      assertEquals([counters.steps >= 3, counters.callbacks > 0, counters.iterations > 0], [true, true, true]);
      page.viewer.close();
    }, { onError: () => new Response("badly", { status: 500 }) });
  });

  it("counts the bytes of connections", async () => {
    await run(function* () {
      const server = yield* startServer(
        function* (reader, writer) {
          writer.write(yield* reader.readexactly(3));
          writer.write(encoder.encode("more"));
          writer.close();
        },
        "127.0.0.1",
        0,
      );
      const feed = feedOf();
      const page = new Listener(feed);
      const [reader, writer] = yield* openConnection("127.0.0.1", portOf(server));
      writer.write(encoder.encode("abc"));
      assertEquals((yield* reader.read()).length, 7);
      writer.close();
      yield* writer.waitClosed();
      feed.tell();
      assertEquals([page.last().counters.received, page.last().counters.sent], [10, 10]);
      page.viewer.close();
      server.close();
      yield* server.waitClosed();
    });
  });

  it("is nothing while the page pauses, and everything when it goes on", async () => {
    await run(function* () {
      const feed = feedOf();
      const page = new Listener(feed);
      feed.tell();
      page.viewer.receive('{"type":"pause"}');
      createTask(sleep(60_000), { name: "new" });
      yield* sleep(0);
      feed.tell();
      assertEquals(page.updates.length, 1);
      page.viewer.receive('{"type":"resume"}');
      feed.tell();
      assertEquals(page.last().full, true);
      assertEquals(page.named("new").state, "waiting");
      page.viewer.close();
    });
  });

  it("is nothing while the page is behind, and everything when it is not any more, with others or without", async () => {
    await run(function* () {
      for (const hasOther of [false, true]) {
        const feed = feedOf();
        const quiet = createTask(new Event().wait(), { name: "quiet" });
        yield* sleep(0);
        const page = new Listener(feed);
        const other = hasOther ? new Listener(feed) : null;
        feed.tell();
        page.isBehind = true;
        for (let time = 0; time < 3; time++) feed.tell();
        assertEquals(page.updates.length, 1);
        page.isBehind = false;
        feed.tell();
        assertEquals([page.updates.length, page.last().full], [2, true]);
        assertEquals(page.named("quiet").state, "waiting");
        assertEquals(other?.named("quiet").state, hasOther ? "waiting" : undefined);
        quiet.cancel();
        page.viewer.close();
        other?.viewer.close();
      }
    });
  });

  it("has no end of a sleep that has none, and as much of a long name as is shown", async () => {
    await run(function* () {
      const feed = feedOf();
      const page = new Listener(feed);
      const sleeper = createTask(function* () {
        try {
          yield* sleep(60_000);
        } catch {
          currentTask()!.uncancel();
          yield* sleep(Infinity);
        }
      }, { name: "sleeper" });
      const long = createTask(sleep(Infinity), { name: "n".repeat(100_000) });
      const waiter = createTask(function* () {
        yield* long;
      }, { name: "waiter" });
      yield* sleep(0);
      feed.tell();
      assertEquals([page.named("sleeper").waitsFor, page.named("sleeper").until === null], ["sleep", false]);
      sleeper.cancel();
      yield* sleep(0);
      yield* sleep(0);
      feed.tell();
      const { ticks } = page.last();
      const at = ticks.indexOf(page.named("sleeper").id);
      assertEquals([ticks[at + 1], ticks[at + 3]], [STATES.indexOf("waiting"), -1]);
      assertEquals(page.named(`${"n".repeat(199)}…`).until, null);
      assert(JSON.stringify([...page.tasks.values()]).length < 5_000);
      for (const task of [sleeper, long, waiter]) task.cancel();
      page.viewer.close();
    });
  });

  it("is told to every page that is open, and a page can cancel a task", async () => {
    await run(function* () {
      const feed = feedOf();
      const [one, other] = [new Listener(feed), new Listener(feed)];
      const task = createTask(sleep(60_000), { name: "victim" });
      yield* sleep(0);
      feed.tell();
      assertEquals(one.named("victim").id, other.named("victim").id);
      one.viewer.receive(JSON.stringify({ type: "cancel", id: one.named("victim").id }));
      yield* sleep(0);
      yield* sleep(0);
      feed.tell();
      assertEquals([task.cancelled(), other.named("victim").state], [true, "cancelled"]);
      one.viewer.close();
      assertEquals(feed.size, 1);
      other.viewer.close();
    });
  });

  it("has the tasks first that a page has in sight, with all their steps and how they end", async () => {
    await run(function* () {
      const feed = feedOf();
      const page = new Listener(feed);
      const tasks = Array.from({ length: 3_000 }, (_, at) =>
        createTask(function* () {
          for (;;) yield* sleep(5);
        }, { name: `task ${at}` }));
      yield* sleep(0);
      // So many are not told at once.
      do feed.tell(); while (page.told().length > 0);
      const { id } = page.named("task 2999");
      page.viewer.receive(JSON.stringify({ type: "look", ids: [id, -1] }));
      feed.tell();
      const before = page.updates.length;
      for (let turn = 0; turn < 3; turn++) yield* sleep(6);
      tasks.at(-1)!.cancel();
      yield* sleep(0);
      yield* sleep(0);
      feed.tell();
      // On a busy machine it is told in between as well.
      const told = page.updates.slice(before).filter((update) => update.tasks.some((task) => task.id === id));
      assertEquals(told.every((update) => update.tasks[0]!.id === id), true);
      assertEquals(page.named("task 2999").state, "cancelled");
      assertEquals(told.some(({ spans }) => spans.includes(id)), true);
      // Nobody looks any more, and others are told in their turn.
      page.viewer.receive('{"type":"look","ids":[]}');
      do feed.tell(); while (page.told().length > 0);
      const others = page.updates.slice(before).flatMap((update) => page.told(update));
      assertEquals(others.includes("task 2998"), true);
      for (const task of tasks) task.cancel();
      page.viewer.close();
    });
  });

  it("has every task within two seconds of its change, and a few numbers of one that sleeps again", async () => {
    await run(function* () {
      const feed = feedOf();
      const page = new Listener(feed);
      const gate = new Event();
      const waiting = Array.from({ length: 1_500 }, (_, at) =>
        createTask(function* () {
          yield* gate.wait();
          yield* new Event().wait();
        }, { name: `waits ${at}` }));
      const sleeping = Array.from({ length: 3_000 }, (_, at) =>
        createTask(function* () {
          yield* sleep(1);
          yield* sleep(60_000);
        }, { name: `sleeps ${at}` }));
      yield* sleep(0);
      do feed.tell(); while (page.told().length > 0);
      const before = page.updates.length;
      gate.set();
      yield* sleep(20);
      const isKnown = () => page.updates.slice(before).flatMap((update) => page.told(update)).length >= 4_500;
      // Four messages a second; on a busy machine it is told in between as well.
      for (let message = 0; message < 8; message++) feed.tell();
      assertEquals(isKnown(), true);
      const told = page.updates.slice(before);
      assertEquals(told.flatMap(({ tasks }) => tasks).some(({ name }) => name.startsWith("sleeps")), false);
      assertEquals([page.named("sleeps 7").steps, page.named("sleeps 7").state], [2, "waiting"]);
      assertEquals(page.named("sleeps 7").until! > getRunningLoop().time() + 50_000, true);
      assertEquals(page.named("waits 7").steps, 2);
      for (const task of [...waiting, ...sleeping]) task.cancel();
      page.viewer.close();
    });
  });

  it("has some of those that live, however many were made and have ended before anybody could be told", async () => {
    await run(function* () {
      const feed = feedOf();
      const page = new Listener(feed);
      const stays = createTask(new Event().wait(), { name: "stays" });
      for (let round = 0; round < 5; round++) {
        const gate = new Event();
        // Five times as many as a message tells.
        for (let at = 0; at < 5_000; at++) createTask(gate.wait(), { name: `round ${round}` });
        yield* sleep(0);
        feed.tell();
        page.named(`round ${round}`);
        gate.set();
        for (let turn = 0; turn < 4; turn++) yield* sleep(0);
      }
      // All that the page shows as alive are told to be over, in a few messages.
      for (let message = 0; message < 10; message++) feed.tell();
      const alive = [...page.tasks.values()].filter(({ ended }) => ended === null).map(({ name }) => name);
      assertEquals(alive.filter((name) => name.startsWith("round")), []);
      assert(alive.includes("stays"));
      feed.tell();
      assertEquals(page.told().filter((name) => name.startsWith("round")), []);
      stays.cancel();
      page.viewer.close();
    });
  });

  it("has the new ones beside very many that change all the time", async () => {
    await run(function* () {
      const feed = feedOf();
      const page = new Listener(feed);
      let gate = new Event();
      const tasks = Array.from({ length: 5_000 }, () =>
        createTask(function* () {
          for (;;) yield* gate.wait();
        }, { name: "busy" }));
      yield* sleep(0);
      do feed.tell(); while (page.told().length > 0);
      for (let message = 0; message < 3; message++) {
        const before = gate;
        gate = new Event();
        before.set();
        yield* sleep(0);
        createTask(gate.wait(), { name: `brief ${message}` });
        yield* sleep(0);
        feed.tell();
        page.named(`brief ${message}`);
      }
      gate.set();
      for (const task of tasks) task.cancel();
      page.viewer.close();
    });
  });

  it("is the end of a task also where another page was opened just before", async () => {
    await run(function* () {
      const feed = feedOf();
      const one = new Listener(feed);
      const task = createTask(new Event().wait(), { name: "ends" });
      yield* sleep(0);
      feed.tell();
      assertEquals(one.named("ends").state, "waiting");
      const other = new Listener(feed);
      task.cancel();
      for (let turn = 0; turn < 3; turn++) yield* sleep(0);
      feed.tell();
      assertEquals(one.named("ends").state, "cancelled");
      one.viewer.close();
      other.viewer.close();
    });
  });

  it("holds no task that has ended, neither while a page is open nor when it is closed", async () => {
    const { code, output, errors } = await runFile(new URL("fixtures/held.ts", import.meta.url));
    assertEquals([output, code], [["the chain is let go", "a closed page lets all go"], 0], errors);
  });

  it("leaves out steps that nobody could see, but not the slow ones", async () => {
    await run(async () => {
      const feed = feedOf();
      const page = new Listener(feed);
      feed.tell();
      await taskGroup(async (group) => {
        for (let i = 0; i < 3_000; i++) group.createTask(sleep(0));
        await sleep(1);
      });
      feed.tell();
      // On a busy machine it is told in between as well.
      assertEquals(page.updates.some(({ omitted }) => omitted > 0), true);
      const { spans } = page.last();
      // On a busy machine some of them are slow.
      for (let at = 3 * 2_000; at < spans.length; at += 3) assertEquals(spans[at + 2]! - spans[at + 1]! > 4, true);
      page.viewer.close();
    });
  });

  it("has some of very many tasks that end in their first step, but all that are slow or wait, and counts all", async () => {
    await run(async () => {
      const feed = feedOf();
      const page = new Listener(feed);
      const begin = (name: string, work: () => void, seconds = 0) =>
        createTask(function* () {
          work();
          if (seconds > 0) yield* sleep(seconds * 1_000);
        }, { name, eagerStart: true });
      const nothing = () => {};
      const slow = () => {
        for (const start = Date.now(); Date.now() - start < 20;);
      };
      const makesOne = () => void begin("made", nothing);
      const manyBegin = () => {
        for (let i = 0; i < 1_000; i++) begin("brief", nothing);
      };
      manyBegin();
      feed.tell();
      const { steps } = page.last().counters;
      manyBegin();
      begin("slow", slow);
      begin("makes one", makesOne);
      const waits = begin("waits", nothing, 60);
      feed.tell();
      const { counters, tasks, omitted } = page.last();
      assertEquals([counters.steps - steps, counters.tasks], [1_004, 2]);
      assertEquals(page.named("slow").ran > 5, true);
      assertEquals([page.named("slow").state, page.named("waits").state], ["done", "waiting"]);
      const brief = tasks.filter(({ name }) => name === "brief");
      assertEquals(brief.length > 20 && brief.length < 60, true, `${brief.length} are told`);
      assertEquals(omitted > 900, true, `${omitted} are left out`);
      waits.cancel();
      await sleep(0);
      page.viewer.close();
    });
  });

  it("refuses what is no command", async () => {
    await run(function* () {
      const feed = feedOf();
      const page = new Listener(feed);
      const looks = ["1", "null", '["1"]', "[1.5]", JSON.stringify(Array(501).fill(1))].map((ids) =>
        `{"type":"look","ids":${ids}}`
      );
      const cancels = ['{"type":"cancel"}', '{"type":"cancel","id":1.5}'];
      for (const wrong of ["", "nonsense", "null", "[]", "\u0000", ...looks, ...cancels]) {
        assertThrows(() => page.viewer.receive(wrong), TypeError, "Cannot do what the page asks");
      }
      page.viewer.close();
      yield* sleep(0);
    });
  });
});
