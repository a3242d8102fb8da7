import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import config from "../../deno.json" with { type: "json" };
import { exampleFlags, Program } from "../program.ts";
import { Chromium, findChromium, type Page } from "./chromium.ts";

const chromium = findChromium();
const name = chromium === null
  ? "The page of examples/hono (ignored: there is no Chromium here; install one, or name it by CHROMIUM)"
  : "The page of examples/hono";

/** Starts the example as its task does, and opens its page as often as asked for. */
async function withPages(count: number, talk: (...pages: Page[]) => Promise<void>): Promise<void> {
  const permissions = config.tasks.start.command.split(" ").filter((word) => word.startsWith("--allow-"));
  const program = new Program(new URL("../../examples/hono/main.ts", import.meta.url), exampleFlags(...permissions));
  try {
    const url = `http://127.0.0.1:${await program.port()}/`;
    const browser = await Chromium.start(chromium!);
    try {
      const pages: Page[] = [];
      while (pages.length < count) pages.push(await browser.open(url));
      for (const page of pages) await page.sees("tasks", /worker 1.*body of GET \/live/);
      await talk(...pages);
      assertEquals(pages.flatMap(({ errors }) => errors), []);
    } finally {
      await browser.close();
    }
  } catch (error) {
    throw new Error(`The example has printed: ${program.output}`, { cause: error });
  } finally {
    program.kill("SIGINT");
    await program.ended;
  }
  assertEquals(await program.ended, 0);
}

describe(name, { ignore: chromium === null }, () => {
  it("shows requests while they live, and that one which a button stops is gone", async () => {
    await withPages(1, async (page) => {
      await page.click("slow");
      await page.sees("tasks", /GET \/slow/);
      await page.sees("slow-out", /^working, /);
      await page.click("slow-stop");
      await page.sees("slow-out", /^stopped after /);
      await page.until(`!document.getElementById("tasks").textContent.includes("GET /slow")`);

      await page.click("deadline");
      await page.sees("deadline-out", /^504: .* Still running: 0$/);

      await page.click("fan-out");
      await page.sees("fan-out-out", /^3 requests, 600 ms of work, done in \d+ ms$/);
      await page.sees("fan-out-bars", /^100 ms200 ms300 msall: \d+ ms$/);
    });
  });

  it("shows jobs on their way through the queue, and how far an upload is", async () => {
    await withPages(1, async (page) => {
      await page.click("job-5");
      await page.sees("jobs", /job \d by worker \d … *job \d by worker \d … *\d waiting/);

      await page.click("upload");
      await page.sees("upload-out", /^coming: \d+\.\d of 20\.0 MB$/);
      await page.until(`document.getElementById("upload-bar").value > 0.05`);
      await page.sees("tasks", /POST \/uploads\//);
      await page.click("upload-stop");
      await page.sees("upload-out", /^given up: \d+\.\d of 20\.0 MB$/);
      await page.until(`!document.getElementById("tasks").textContent.includes("/uploads/")`);

      await page.sees("jobs", /job \d by worker \d[^…]*$/);
    });
  });

  it("lets two of its kind chat, and says who is there", async () => {
    await withPages(2, async (one, two) => {
      await one.submit("text", "ada");
      await one.sees("present", /^ada$/);
      await two.submit("text", "bob");
      await two.sees("present", /^ada, bob$/);
      await one.submit("text", "hello");
      for (const page of [one, two]) await page.sees("chat", /ada: hello/);
      await two.close();
      await one.sees("chat", /bob has left/);
      await one.sees("present", /^ada$/);
    });
  });
});
