/**
 * The live page, in a browser.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import config from "../../deno.json" with { type: "json" };
import { createTask, currentTask, fromPromise, gather, run, sleep, type Task, type TaskSource } from "../../mod.ts";
import { inspect } from "../../src/inspect/mod.ts";
import { PAGE, PAGE_SCRIPT } from "../../src/inspect/page/page.ts";
import { STYLE } from "../../src/inspect/page/style.ts";
import { MOST_CLIENTS } from "../../src/inspect/web_socket_clients.ts";
import { Chromium, findChromium, type Page } from "../examples/chromium.ts";
import { freePort } from "../free_port.ts";
import { exampleFlags, fixtureFlags, Program } from "../program.ts";
import { within } from "../within.ts";

const chromium = findChromium();
const name = chromium === null
  ? "The live page (ignored: there is no Chromium here; install one, or name it by CHROMIUM)"
  : "The live page";

/** A text that is markup, and that would turn a terminal or a line of text round. */
const HOSTILE = `<img src=x onerror="document.body.textContent='broken'">\u001b[31m\u202e`;

/** What stands in the lines that are in sight. */
const LINES =
  `[...document.querySelectorAll(".row")].filter((row) => !row.hidden).map((row) => row.innerText).join("\\n")`;

/** Opens the page of a loop of the test in a browser. */
async function looking(
  main: () => Iterable<TaskSource<unknown>>,
  look: (page: Page) => Promise<void>,
): Promise<void> {
  const browser = await Chromium.start(chromium!);
  try {
    let page: Page | undefined;
    await run(async function main_() {
      currentTask()!.setName("test");
      const inspector = await inspect({ port: 0, log: null });
      const tasks = [...main()].map((source) => createTask(source));
      page = await within(browser.open(inspector.url), "the page");
      await page.until(`document.body.dataset.state === "live" && (${LINES}).includes("test")`);
      await look(page);
      for (const task of tasks) task.cancel();
    });
    await page!.until(`document.body.dataset.state === "ended"`);
    assertMatch(
      await page!.evaluate<string>(`document.getElementById("notice").innerText`),
      /^The loop has ended.* What you see is how it was at /,
    );
    assertEquals(page!.errors, []);
  } finally {
    await browser.close();
  }
}

function key(page: Page, ...keys: string[]): Promise<unknown> {
  const pressed = JSON.stringify(keys);
  return page.evaluate(
    `for (const key of ${pressed}) document.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }))`,
  );
}

function filter(page: Page, text: string): Promise<unknown> {
  return page.evaluate(
    `{ const field = document.getElementById("filter"); field.value = ${
      JSON.stringify(text)
    }; field.dispatchEvent(new Event("input")); }`,
  );
}

function named(taskName: string, source: TaskSource<unknown>): () => Task<unknown> {
  return () => createTask(source, { name: taskName });
}

/** A task that makes others and waits for them. */
function parentOf(...children: readonly (() => Task<unknown>)[]): TaskSource<unknown> {
  return function* () {
    currentTask()!.setName("parent");
    yield* gather(children.map((make) => make()), { returnExceptions: true });
  };
}

/** How much two colors differ, as WCAG has it. */
function contrast(one: string, other: string): number {
  const [dark, light] = [one, other].map((color) => {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
      .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }).sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

describe("The document of the live page", () => {
  it("asks for nothing from elsewhere, and its script can be read", () => {
    assertEquals([...PAGE.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address), ["data:,"]);
    assertEquals(/https?:\/\/(?!ui\.perfetto)/.test(PAGE), false);
    assertEquals(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/.test(PAGE_SCRIPT), false);
    new Function(PAGE_SCRIPT);
    // Bun writes other characters of a raw template as escapes, which only the script would take for what they are.
    assertEquals(/[^\n -~]/.test(PAGE), false);
  });

  it("can be read: its colors differ enough, and its letters are as large as the browser is set to", () => {
    const palettes = [...STYLE.matchAll(/--back: #[^}]*--chosen: #\w+/g)].map(([text]) =>
      Object.fromEntries([...text.matchAll(/--(\w+): (#\w{6})/g)].map(([, name, color]) => [name, color!]))
    );
    assertEquals(palettes.length, 3);
    for (const palette of palettes) {
      const pairs = ["back", "raised", "chosen"].flatMap((behind) => [["text", behind], ["faint", behind]]);
      pairs.push(["slow", "raised"], ...["good", "warn", "slow", "faint"].map((behind) => ["back", behind]));
      for (const [letters, behind] of pairs as [string, string][]) {
        const ratio = contrast(palette[letters]!, palette[behind]!);
        assert(ratio >= 4.5, `${letters} on ${behind}: ${ratio}`);
      }
    }
    // Letters have a color of the palette, on one of the palette.
    assertEquals(/[^-]color: #/.test(STYLE), false);
    assertEquals(/font(-size)?: [^;]*\dpx/.test(STYLE), false);
  });
});

describe(name, { ignore: chromium === null }, () => {
  it("shows the tasks as a tree with what they wait for, as text and never as markup", async () => {
    const children = [named(HOSTILE, sleep(60_000)), named("second", async () => await sleep(60_000))];
    await looking(() => [parentOf(...children)], async (page) => {
      await page.until(`(${LINES}).includes("second")`);
      const lines = await page.evaluate<string>(LINES);
      assertStringIncludes(lines, `<img src=x onerror="document.body.textContent='broken'">\\u{1b}[31m\\u{202e}`);
      assertStringIncludes(lines, "sleep");
      assertEquals(await page.evaluate(`document.images.length`), 0);
      const levels = await page.evaluate<string>(
        `[...document.querySelectorAll(".row")].filter((row) => !row.hidden).map((row) => row.ariaLevel).join()`,
      );
      assertMatch(levels, /1,2,2|2,2,1/);
    });
  });

  it("is filtered, collapsed and gone through by keys", async () => {
    const children = [named("first", sleep(60_000)), named("second", sleep(60_000))];
    await looking(() => [parentOf(...children)], async (page) => {
      await page.until(`(${LINES}).includes("second")`);
      await key(page, "w");
      await page.until(`!(${LINES}).includes("second") && (${LINES}).includes("parent")`);
      await key(page, "e");
      await page.until(`(${LINES}).includes("second")`);
      await filter(page, "SECOND");
      // With those that are above it.
      await page.until(
        `!(${LINES}).includes("first") && (${LINES}).includes("second") && (${LINES}).includes("parent")`,
      );
      await filter(page, "nobody");
      await page.until(`document.getElementById("nothing").innerText === "No task is like “nobody”."`);
      await key(page, "Escape");
      await page.until(`(${LINES}).includes("first")`);
      await key(page, "End");
      await page.until(`document.querySelector('.row[aria-selected="true"] .text')?.innerText === "second"`);
      await key(page, "ArrowLeft");
      await page.until(`document.querySelector('.row[aria-selected="true"] .text')?.innerText === "parent"`);
      await page.sees("detail", /parent.*Waits for.*(?:first|gather)/s);
      await key(page, "ArrowLeft");
      await page.until(`!(${LINES}).includes("second")`);
      await key(page, "?");
      await page.until(`document.getElementById("keys").open`);
    });
  });

  it("cancels a task the second time it is asked to, and shows how it has ended", async () => {
    await looking(() => [parentOf(named("victim", sleep(60_000)))], async (page) => {
      await page.until(`(${LINES}).includes("victim")`);
      await key(page, "End", "c");
      await page.sees("cancel", /Once more to cancel it/);
      assertEquals(await page.evaluate(`(${LINES}).includes("cancelled")`), false);
      // The key is held down: that is not a second time.
      await page.evaluate(
        `document.dispatchEvent(new KeyboardEvent("keydown", { key: "c", repeat: true, bubbles: true }))`,
      );
      assertMatch(await page.evaluate<string>(`document.getElementById("cancel").innerText`), /^Once more/);
      await key(page, "c");
      await page.until(`document.querySelector(".row.cancelled .text")?.innerText === "victim"`);
      await key(page, "o");
      await page.until(`document.querySelector(".row.cancelled:not([hidden])") === null`);
    });
  });

  for (const isHeard of [true, false]) {
    const when = isHeard ? "it pauses" : "the loop has not yet heard that it pauses";
    it(`stands still while ${when}, and knows everything when it goes on`, async () => {
      const made: Task<unknown>[] = [];
      await looking(() => [sleep(60_000)], async (page) => {
        await page.evaluate(`{
          window.held = [];
          window.send = WebSocket.prototype.send;
          if (!${isHeard}) WebSocket.prototype.send = function (text) { window.held.push(() => window.send.call(this, text)); };
        }`);
        await key(page, "p");
        await page.until(`document.body.dataset.state === "paused"`);
        // Another one that does not pause.
        await page.evaluate(`{
          window.told = [];
          const address = new URL("live" + location.search, location.href.replace("http", "ws"));
          new WebSocket(address).onmessage = ({ data }) => window.told.push(data);
        }`);
        made.push(createTask(sleep(60_000), { name: "made meanwhile" }));
        const known = `window.told.findIndex((text) => text.includes("made meanwhile"))`;
        await page.until(`${known} >= 0 && window.told.length > ${known} + 2`);
        assertEquals(await page.evaluate(`(${LINES}).includes("meanwhile")`), false);
        await page.evaluate(`{ WebSocket.prototype.send = window.send; for (const send of window.held) send(); }`);
        await page.click("pause");
        await page.until(`(${LINES}).includes("made meanwhile")`);
        for (const task of made) task.cancel();
      });
    });
  }

  it("saves a Chrome trace and JSON, with slow steps as such", async () => {
    const busy = function* () {
      currentTask()!.setName("busy");
      for (;;) {
        yield* sleep(50);
        const end = performance.now() + 120;
        while (performance.now() < end);
      }
    };
    await looking(() => [busy], async (page) => {
      await page.until(`(${LINES}).includes("busy")`);
      await page.evaluate(`URL.createObjectURL = (blob) => { window.saved = blob.text(); return "#"; }`);
      await page.until(`document.querySelector("#counters .bad dt")?.innerText === "lag"`);
      await page.click("trace");
      const trace = JSON.parse(await page.evaluate<string>("window.saved"));
      const events = trace.traceEvents as { ph: string; name: string; cat?: string; dur?: number; args?: object }[];
      const slow = events.find(({ ph, cat, name, dur }) =>
        ph === "X" && cat === "step" && name === "busy" && dur! >= 100_000
      );
      assertEquals(slow?.args, { slow: true });
      assert(events.some(({ ph, cat, name }) => ph === "X" && cat === "wait" && name.startsWith("waits")));
      assert(events.some(({ ph, name }) => ph === "C" && name === "lag in ms"));
      await page.click("json");
      const all = JSON.parse(await page.evaluate<string>("window.saved"));
      assertEquals([all.format, all.version], ["@loop/asyncio live page", 1]);
      assert(
        all.tasks.some((task: { name: string; spans: number[] }) => task.name === "busy" && task.spans.length > 0),
      );
    });
  });

  it("shows ten thousand tasks by no more lines than are in sight", async () => {
    await looking(() => Array.from({ length: 10_000 }, () => sleep(60_000)), async (page) => {
      await page.until(`/tasks\\s*10,0/.test(document.getElementById("counters").innerText)`);
      await page.until(`Number(document.getElementById("scroller").ariaRowCount) > 10000`);
      await key(page, "End");
      await page.until(
        `document.querySelectorAll(".row").length < 200 && document.getElementById("scroller").scrollTop > 200000`,
      );
    });
  });

  it("shows its lines in a narrow and low window, and the name of a task that is deep in the tree", async () => {
    const deep = (left: number): TaskSource<unknown> =>
      function* () {
        currentTask()!.setName(`level ${left}`);
        yield* left === 0 ? sleep(60_000) : createTask(deep(left - 1));
      };
    await looking(() => [deep(20)], async (page) => {
      await page.resize(320, 256);
      await page.until(`(${LINES}).includes("level 20")`);
      await key(page, "End");
      await page.until(`(${LINES}).includes("level 0")`);
      const sizes = `(() => {
        const names = [...document.querySelectorAll(".row:not([hidden]) .name")];
        const roots = document.documentElement;
        return {
          height: document.getElementById("scroller").clientHeight,
          tooWide: roots.scrollWidth - roots.clientWidth,
          narrowest: Math.min(...names.map((name) => name.clientWidth - parseFloat(getComputedStyle(name).paddingLeft))),
        };
      })()`;
      const { height, tooWide, narrowest } = await page.evaluate<Record<string, number>>(sizes);
      assertEquals([height! > 100, tooWide, narrowest! > 40], [true, 0, true], `${height} ${tooWide} ${narrowest}`);
      // A list that becomes shorter than where it was scrolled to.
      await page.evaluate(`document.getElementById("scroller").style.height = "0"`);
      await page.evaluate(`document.getElementById("scroller").style.flex = "none"`);
      await key(page, "w", "End", "Home");
      await page.until(`document.getElementById("scroller").ariaRowCount < 5`);
    });
  });

  it("says why it has no WebSocket, if the server does", async () => {
    const browser = await Chromium.start(chromium!);
    try {
      await run(async () => {
        const inspector = await inspect({ port: 0, log: null });
        const page = await browser.open(inspector.url);
        await page.until(`document.body.dataset.state === "live"`);
        await page.evaluate(`{
          const address = new URL("live" + location.search, location.href.replace("http", "ws"));
          window.others = Array.from({ length: ${MOST_CLIENTS - 1} }, () => new WebSocket(address));
        }`);
        await page.until(`others.every((other) => other.readyState === WebSocket.OPEN)`);
        const second = await browser.open(inspector.url);
        await second.sees("notice", /^The loop cannot be reached. This inspector has 100 clients already: close one/);
        assertEquals([...page.errors, ...second.errors], []);
      });
    } finally {
      await browser.close();
    }
  });

  it("says that the loop cannot be reached, tries again, and shows what is there then", async () => {
    const token = "0123456789-abcdef";
    const start = (...args: string[]) =>
      new Program(new URL("fixtures/watched.ts", import.meta.url), fixtureFlags("--allow-all"), args);
    const browser = await Chromium.start(chromium!);
    // The second one listens where the first one did.
    const port = await freePort();
    let program = start(`${port}`, token, "before");
    try {
      await program.port();
      const page = await browser.open(`http://127.0.0.1:${port}/?token=${token}`);
      await page.until(`document.body.dataset.state === "live" && (${LINES}).includes("before")`);
      // What was done about a task of one program is about none of the other, though that has the same number.
      await key(page, "End", "p", "c");
      await page.until(`document.body.dataset.state === "paused" && document.querySelector('[aria-selected="true"]')`);
      await page.sees("cancel", /Once more to cancel it/);
      process.kill(program.pid, "SIGKILL");
      await page.until(`document.body.dataset.state === "lost"`);
      await page.sees(
        "notice",
        /^The loop cannot be reached.* What you see is how it was at .* It is tried again in \d+ s\.$/,
      );
      assertEquals(await page.evaluate(`document.getElementById("pause").disabled`), true);
      await program.ended;
      program = start(`${port}`, token, "after");
      await program.port();
      await page.until(`document.body.dataset.state === "live" && (${LINES}).includes("after")`);
      assertEquals(await page.evaluate(`(${LINES}).includes("before")`), false);
      assertEquals(await page.evaluate(`document.getElementById("notice").hidden`), true);
      assertEquals(await page.evaluate(`document.querySelector('[aria-selected="true"]')`), null);
      assertEquals(await page.evaluate(`document.getElementById("pause").innerText`), "Pause");
      assertEquals(page.errors, []);
    } finally {
      process.kill(program.pid, "SIGKILL");
      await program.ended;
      await browser.close();
    }
  });

  it("says so when it is opened with a token that is an old one", async () => {
    const browser = await Chromium.start(chromium!);
    try {
      await run(function* () {
        const inspector = yield* inspect({ port: 0, log: null });
        const page = yield* fromPromise(browser.open(inspector.url.replace(/=.*/, "=0123456789abcdef")));
        yield* fromPromise(page.until(`document.body.innerText.startsWith("This is an inspector: write its token")`));
      });
    } finally {
      await browser.close();
    }
  });

  it("shows the requests, the jobs and the counters of the Hono example", async () => {
    const permissions = config.tasks.start.command.split(" ").filter((word) => word.startsWith("--allow-"));
    process.env.INSPECT = "0";
    const program = new Program(new URL("../../examples/hono/main.ts", import.meta.url), exampleFlags(...permissions));
    delete process.env.INSPECT;
    try {
      const server = `http://127.0.0.1:${await program.port()}`;
      await program.until("token=");
      const [url] = /http:\S+token=\w+\b/.exec(program.errors)!;
      const browser = await Chromium.start(chromium!);
      try {
        const page = await browser.open(url);
        await page.until(`["main", "worker 1", "worker 2"].every((one) => (${LINES}).includes(one))`);
        const headers = { origin: server };
        for (let job = 0; job < 4; job++) await (await fetch(`${server}/jobs`, { method: "POST", headers })).text();
        const slow = fetch(`${server}/slow`, { headers }).then((response) => response.text());
        await page.until(`(${LINES}).includes("GET /slow")`);
        await page.sees("counters", /requests.*delivered/);
        await page.evaluate(`document.querySelector(".row .text").click()`);
        await page.sees("detail", /main/);
        program.interrupt();
        await slow.catch(() => {});
        await page.until(`document.body.dataset.state === "ended"`);
        assertEquals(page.errors, []);
      } finally {
        await browser.close();
      }
      assertEquals(await program.ended, 0);
    } catch (error) {
      throw new Error(`The example has printed: ${program.output}`, { cause: error });
    } finally {
      program.interrupt();
      await program.ended;
    }
  });
});
