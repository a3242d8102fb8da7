/**
 * A headless Chromium, driven by puppeteer.
 *
 * @module
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { env } from "node:process";
import { load } from "../packages.ts";
import { PATIENCE, within } from "../within.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];

/** For so long puppeteer waits for another page in the place of one that has ended, in milliseconds. */
const SWAP_TIME = 100;

/** What is used of puppeteer. */
interface Puppeteer {
  launch(options: {
    readonly executablePath: string;
    readonly headless: true;
    readonly args: readonly string[];
    readonly timeout: number;
    readonly protocolTimeout: number;
    /** False, for otherwise it is sent each upload of a page. */
    readonly networkEnabled: false;
  }): Promise<PuppeteerBrowser>;
}

interface PuppeteerBrowser {
  newPage(): Promise<PuppeteerPage>;
  pages(): Promise<PuppeteerPage[]>;
  close(): Promise<void>;
}

interface PuppeteerPage {
  on(event: "pageerror", listener: (error: Error) => void): unknown;
  goto(url: string, options: { timeout: number }): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  setViewport(size: { readonly width: number; readonly height: number }): Promise<void>;
  close(): Promise<void>;
}

/** Where Chromium is: what the environment variable CHROMIUM says, or the first in PATH; null if there is none. */
export function findChromium(): string | null {
  const paths = (env.PATH ?? "").split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  for (const path of env.CHROMIUM ? [env.CHROMIUM] : paths) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next one, then.
    }
  }
  return null;
}

/** A browser of its own, with nothing in it. */
export class Chromium {
  readonly #browser: PuppeteerBrowser;

  private constructor(browser: PuppeteerBrowser) {
    this.#browser = browser;
  }

  /** Starts one. */
  static async start(path: string): Promise<Chromium> {
    const browser = await load<Puppeteer>("puppeteer-core").launch({
      executablePath: path,
      headless: true,
      args: FLAGS,
      timeout: PATIENCE,
      protocolTimeout: PATIENCE,
      networkEnabled: false,
    });
    return new Chromium(browser);
  }

  /** Opens a page and waits until it is loaded. */
  async open(url: string): Promise<Page> {
    const page = new Page(await this.#browser.newPage());
    await page.go(url);
    return page;
  }

  /** Ends it, and leaves no timer of puppeteer's behind. */
  async close(): Promise<void> {
    const pages = await within(this.#browser.pages(), "the pages of Chromium");
    await within(Promise.all(pages.map((page) => page.close())), "the end of the pages of Chromium");
    await within(this.#browser.close(), "the end of Chromium");
    // Nothing tells of the end of these timers. They are older and shorter than this one, so they fire before, however busy the machine is.
    await new Promise((resolve) => setTimeout(resolve, SWAP_TIME * 2));
  }
}

/** A page that is open. */
export class Page {
  /** What went wrong in it and was caught by nobody. */
  readonly errors: string[] = [];
  readonly #page: PuppeteerPage;

  /** Made by `Chromium.open`. */
  constructor(page: PuppeteerPage) {
    this.#page = page;
    page.on("pageerror", (error) => this.errors.push(String(error)));
  }

  /** Loads an address. */
  async go(url: string): Promise<void> {
    await this.#page.goto(url, { timeout: PATIENCE });
  }

  /** Gives its window another size, in pixels. */
  async resize(width: number, height: number): Promise<void> {
    await this.#page.setViewport({ width, height });
  }

  /** Closes the page, as somebody does who is done with it. */
  async close(): Promise<void> {
    await this.#page.close();
  }

  /** The value of an expression in the page; that of a promise once it is there. */
  async evaluate<T>(expression: string): Promise<T> {
    return await this.#page.evaluate(expression) as T;
  }

  /** Resolves when an expression has come true. */
  async until(condition: string): Promise<void> {
    const end = Date.now() + PATIENCE;
    while (!await this.evaluate<boolean>(`Boolean(${condition})`)) {
      if (Date.now() > end) {
        const text = await this.evaluate<string>("document.body.innerText");
        throw new Error(`This has not come true: ${condition}. The page says: ${text} ${this.errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Resolves when the text of an element matches. */
  async sees(id: string, pattern: RegExp): Promise<void> {
    await this.until(`${pattern}.test(document.getElementById("${id}").textContent)`);
  }

  /** Clicks an element. */
  async click(id: string): Promise<void> {
    await this.evaluate(`document.getElementById("${id}").click()`);
  }

  /** Puts a text into an input and presses the button of its form. */
  async submit(id: string, text: string): Promise<void> {
    const element = `document.getElementById("${id}")`;
    await this.evaluate(`${element}.value = ${JSON.stringify(text)}; ${element}.form.requestSubmit()`);
  }
}
