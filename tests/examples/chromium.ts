/**
 * A headless Chromium, driven by its DevTools protocol over a WebSocket.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { env } from "node:process";
import { within } from "../within.ts";

/** So long, in milliseconds, something may take in the page. Nothing depends on it but a failure. */
const PATIENCE = 30_000;

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--no-first-run",
  "--remote-debugging-port=0",
];

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

/** What the protocol answers. */
interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** A browser of its own, with nothing in it. */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  readonly #pages = new Map<string, Page>();
  #last = 0;

  private constructor(process: ChildProcess, folder: string, socket: WebSocket) {
    this.#process = process;
    this.#folder = folder;
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#heard(JSON.parse(String(data)));
  }

  /** Starts one. */
  static async start(path: string): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), "chromium-"));
    const args = [...FLAGS, `--user-data-dir=${folder}`, "about:blank"];
    const process = spawn(path, args, { stdio: ["ignore", "ignore", "pipe"] });
    try {
      const socket = new WebSocket(await within(address(process), "the address of Chromium"));
      const open = new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = () => reject(new Error("Cannot connect to Chromium."));
      });
      await within(open, "a connection to Chromium");
      return new Chromium(process, folder, socket);
    } catch (error) {
      process.kill("SIGKILL");
      throw error;
    }
  }

  /** Opens a page and waits until it is loaded. */
  async open(url: string): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId as string, targetId as string);
    this.#pages.set(sessionId as string, page);
    await this.send("Runtime.enable", {}, sessionId as string);
    await this.send("Page.enable", {}, sessionId as string);
    await this.send("Page.navigate", { url }, sessionId as string);
    await page.until("location.href !== 'about:blank' && document.readyState === 'complete'");
    return page;
  }

  /** A command of the protocol. */
  send(method: string, params: object, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#last;
    const pending = Promise.withResolvers<Record<string, unknown>>();
    this.#pending.set(id, pending);
    this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    return within(pending.promise, `what Chromium answers to ${method}`);
  }

  /** Ends it. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("close", resolve));
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.send("Browser.close", {}).catch(() => {});
    const kill = setTimeout(() => this.#process.kill("SIGKILL"), 5_000);
    await within(Promise.all([ended, closed]), "the end of Chromium");
    clearTimeout(kill);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  #heard({ id, sessionId, method, params, result, error }: Message): void {
    if (id === undefined) {
      if (method === "Runtime.exceptionThrown") this.#pages.get(sessionId ?? "")?.errors.push(JSON.stringify(params));
      return;
    }
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(result ?? {});
    else pending?.reject(new Error(`Chromium says: ${error.message}`));
  }
}

/** Where the browser listens for commands; it says so on its way up. */
function address(process: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    process.stderr!.on("data", (chunk: Uint8Array) => {
      said += new TextDecoder().decode(chunk);
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    process.once("error", reject);
    process.once("close", () => reject(new Error(`Chromium has ended: ${said}`)));
  });
}

/** A page that is open. */
export class Page {
  /** What went wrong in it and was caught by nobody. */
  readonly errors: string[] = [];
  readonly #browser: Chromium;
  readonly #session: string;
  readonly #target: string;

  /** Made by `Chromium.open`. */
  constructor(browser: Chromium, session: string, target: string) {
    this.#browser = browser;
    this.#session = session;
    this.#target = target;
  }

  /** Closes the page, as somebody does who is done with it. */
  async close(): Promise<void> {
    await this.#browser.send("Target.closeTarget", { targetId: this.#target });
  }

  /** The value of an expression in the page; that of a promise once it is there. */
  async evaluate<T>(expression: string): Promise<T> {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#browser.send("Runtime.evaluate", params, this.#session);
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { value: T }).value;
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
