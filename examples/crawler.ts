/**
 * A crawler: follows the links of a site from a page on, several at once and politely. It asks no more often than every so many milliseconds,
 * leaves out what robots.txt forbids, gives up a page that takes long, and shows how far it is. Ctrl-C ends it with what it has found so far.
 *
 * ```sh
 * deno run --allow-net examples/crawler.ts https://example.com/ --at-once 4 --pause 200 --pages 100 --timeout 10000
 * bun run examples/crawler.ts https://example.com/
 * node examples/crawler.ts https://example.com/
 * ```
 *
 * Without a site it makes one of its own to crawl. The exit code is 130 after Ctrl-C.
 *
 * @module
 */
import {
  CancelledError,
  type Coroutine,
  fromPromise,
  main,
  OSError,
  Queue,
  taskGroup,
  timeout,
  TimeoutError,
  use,
} from "@loop/asyncio";
import { serve } from "@loop/asyncio/http";
import { readArguments, refuse } from "./command_line/arguments.ts";
import { RateLimit } from "./recipes/rate_limit.ts";

interface Options {
  readonly atOnce: number;
  readonly pause: number;
  readonly pages: number;
  readonly timeout: number;
}

/** What became of the pages. */
class Crawl {
  readonly found = new Map<string, string>();
  readonly #queue = new Queue<string>();
  readonly #seen = new Set<string>();
  readonly #limit: RateLimit;
  readonly #options: Options;
  readonly #start: URL;
  #forbidden: readonly string[] = [];

  constructor(start: URL, options: Options) {
    this.#start = start;
    this.#options = options;
    this.#limit = new RateLimit(1, options.pause);
  }

  *run(): Coroutine<void> {
    const robots = yield* this.#load(new URL("/robots.txt", this.#start).href);
    this.#forbidden = typeof robots === "string" ? forbiddenPaths(robots) : [];
    this.#add(this.#start.href);
    yield* taskGroup(async (group) => {
      const workers = Array.from(
        { length: this.#options.atOnce },
        (_, i) => group.createTask(() => this.#work(), { name: `worker ${i + 1}` }),
      );
      await this.#queue.join();
      for (const worker of workers) worker.cancel("every page is done");
    });
  }

  *#work(): Coroutine<never> {
    for (;;) {
      const url = yield* this.#queue.get();
      const page = yield* this.#load(url);
      this.found.set(url, typeof page === "string" ? `${page.length} characters` : page.message);
      console.log(`${this.found.size} of ${this.#seen.size} ${url}: ${this.found.get(url)}`);
      if (typeof page === "string") { for (const link of linksOf(page, url)) this.#add(link); }
      this.#queue.taskDone();
    }
  }

  /** The text of a page, or why there is none. */
  *#load(url: string): Coroutine<string | Error> {
    yield* this.#limit.pass();
    try {
      return yield* timeout(this.#options.timeout, function* () {
        // A cancel closes the connection, whether it waits for the head or for the rest.
        const response = yield* fromPromise((signal) => fetch(url, { signal, headers: { "user-agent": "crawler" } }));
        const text = yield* fromPromise(response.text());
        return response.ok ? text : new Error(`status ${response.status}`);
      });
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      if (error instanceof TimeoutError) return new Error("too slow");
      // What fetch() says of a server that cannot be reached.
      if (error instanceof TypeError || error instanceof OSError) return new Error("cannot be reached");
      throw error;
    }
  }

  #add(url: string): void {
    const { origin, pathname } = new URL(url);
    if (origin !== this.#start.origin || this.#forbidden.some((path) => pathname.startsWith(path))) return;
    if (this.#seen.has(url) || this.#seen.size >= this.#options.pages) return;
    this.#seen.add(url);
    this.#queue.putNowait(url);
  }
}

function linksOf(page: string, base: string): string[] {
  return [...page.matchAll(/href="([^"#]+)/g)].flatMap(([, link]) => URL.parse(link!, base)?.href ?? []);
}

/** What robots.txt forbids to everybody. */
function forbiddenPaths(robots: string): string[] {
  const forAll = /^user-agent: *\*\s*$([\s\S]*?)(?=^user-agent:|(?![\s\S]))/im.exec(robots)?.[1] ?? "";
  return [...forAll.matchAll(/^disallow: *(\S+)/gim)].map(([, path]) => path!);
}

/** A site to crawl: each page links the two that come next, a page of its own is missing, and one is forbidden. */
function site(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/robots.txt") return new Response("User-agent: *\nDisallow: /private\n");
  const number = Number(pathname.slice(1));
  if (!(number < 6)) return new Response("there is no such page\n", { status: 404 });
  const links = [2 * number + 1, 2 * number + 2, "private"].map((link) => `<a href="/${link}">${link}</a>`);
  return new Response(`<p>page ${number}</p>${links.join("")}`, { headers: { "content-type": "text/html" } });
}

function* crawl(start: string, options: Options): Coroutine<void> {
  const all = new Crawl(new URL(start), options);
  try {
    yield* all.run();
  } finally {
    console.log(`${all.found.size} pages`);
  }
}

const USAGE = "crawler.ts [URL] [--at-once N] [--pause MS] [--pages N] [--timeout MS], with numbers above 0";
const { values, positionals } = readArguments(USAGE, {
  allowPositionals: true,
  options: {
    "at-once": { type: "string", default: "4" },
    pause: { type: "string", default: "100" },
    pages: { type: "string", default: "100" },
    timeout: { type: "string", default: "10000" },
  },
});

main(function* () {
  const [atOnce, pause, pages, timeout] = [values["at-once"], values.pause, values.pages, values.timeout].map(Number);
  if (![atOnce, pause, pages, timeout].every((number) => number! > 0)) {
    refuse(USAGE);
  }
  const options = { atOnce, pause, pages, timeout } as Options;
  const [url] = positionals;
  if (url !== undefined && !URL.canParse(url)) refuse(USAGE, `${url} is no URL.`);
  if (url !== undefined) yield* crawl(url, options);
  else {
    yield* use(serve(site, { port: 0, hostname: "127.0.0.1" }), (server) => crawl(`${server.url}/0`, options));
  }
  return 0;
});
