/**
 * Programs that a bundler has made one file of, for a browser and for a worker at the edge.
 */
import { createContext, runInContext } from "node:vm";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Chromium, findChromium } from "../examples/chromium.ts";
import { within } from "../within.ts";
import { unpackInto } from "./packed.ts";
import { Tools } from "./tools.ts";

const tools = await Tools.install("bundles", { esbuild: "0.28.2", workerd: "1.20260730.1" });
const chromium = findChromium();

/** What the program says: what it was asked for, without what needs AsyncLocalStorage or with it. */
const SAID = "012 TimeoutError ExceptionGroup CancelledError ab";

/** Bundles a fixture for a browser, with all that it imports of the packed package, and gives the folder of `bundle.js`. */
async function bundled(entry: string, format: "iife" | "esm", test: (folder: string) => Promise<void>): Promise<void> {
  await tools!.project(async (folder) => {
    await unpackInto(folder);
    for (const file of [entry, "web_program.ts"]) {
      await Deno.copyFile(new URL(`fixtures/${file}`, import.meta.url), `${folder}/${file}`);
    }
    const flags = ["--bundle", "--platform=browser", `--format=${format}`, "--log-level=warning"];
    assertEquals(await tools!.run(folder, "esbuild", entry, ...flags, "--outfile=bundle.js"), "code 0");
    await test(folder);
  });
}

/** What the worker says in workerd. */
async function inWorkerd(folder: string, date: string, ...flags: string[]): Promise<string[]> {
  const config = `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (services = [(name = "main", worker = .main)]);
    const main :Workerd.Worker = (
      modules = [(name = "bundle.js", esModule = embed "bundle.js")],
      compatibilityDate = "${date}",
      compatibilityFlags = [${flags.map((flag) => `"${flag}"`)}],
    );`;
  await Deno.writeTextFile(`${folder}/config.capnp`, config);
  const output = await tools!.run(folder, "workerd", "test", "config.capnp");
  return output.split("\n").filter((line) => !line.startsWith("workerd/server/"));
}

describe("A bundle", { ignore: tools === null }, () => {
  it("runs coroutines, queues and groups where there is nothing but what browsers have", async () => {
    await bundled("web_page.ts", "iife", async (folder) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const timers = { setTimeout, clearTimeout, setInterval, clearInterval, performance, queueMicrotask };
      const events = { AbortController, AbortSignal, DOMException, Event, EventTarget, MessageChannel };
      const web = { console, Headers, Request, Response, structuredClone, TextDecoder, TextEncoder, URL };
      const context = createContext({
        ...timers,
        ...events,
        ...web,
        set said(text: string) {
          resolve(text);
        },
      });
      runInContext(await Deno.readTextFile(`${folder}/bundle.js`), context);
      assertEquals(await within(promise, "the program's end"), `${SAID} NotSupportedError NotSupportedError`);
    });
  });

  it("runs in Chromium", { ignore: chromium === null }, async () => {
    await bundled("web_page.ts", "iife", async (folder) => {
      await Deno.writeTextFile(`${folder}/page.html`, '<!doctype html><script src="bundle.js"></script>');
      const browser = await Chromium.start(chromium!);
      try {
        const page = await browser.open(`file://${folder}/page.html`);
        await page.until("globalThis.said !== undefined");
        assertEquals(await page.evaluate("globalThis.said"), `${SAID} NotSupportedError NotSupportedError`);
      } finally {
        await browser.close();
      }
    });
  });

  it("runs in workerd, with async functions as tasks where it is compatible with Node", async () => {
    await bundled("edge_worker.ts", "esm", async (folder) => {
      const both = (last: string) => [`${SAID} ${last}`, `${SAID} ${last}`, "code 0"];
      assertEquals(await inWorkerd(folder, "2026-07-01", "nodejs_compat"), both("async promise"));
      assertEquals(await inWorkerd(folder, "2026-07-01"), both("NotSupportedError NotSupportedError"));
      // Without weak references, ports and what else came later.
      assertEquals(await inWorkerd(folder, "2000-01-01"), both("NotSupportedError NotSupportedError"));
    });
  });
});
