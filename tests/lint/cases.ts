/**
 * Code that each rule objects to, what it looks like when it was mended, and code that no rule objects to.
 *
 * @module
 */

/** What one rule finds in a piece of code. */
export interface BadCode {
  readonly code: string;
  /** What is marked, each time that the rule objects. */
  readonly marks: readonly string[];
  /** The code after every change; undefined if the linter cannot mend it. */
  readonly mended?: string;
}

const IMPORT = (names: string) => `import { ${names} } from "@loop/asyncio";\n`;

/** By the names of the rules. */
export const BAD: Readonly<Record<string, readonly BadCode[]>> = {
  "no-floating-coroutine": [
    {
      code: `${IMPORT("run, sleep")}await run(function* () { sleep(1); });\n`,
      marks: ["sleep(1)"],
      mended: `${IMPORT("run, sleep")}await run(function* () { yield* sleep(1); });\n`,
    },
    {
      code: `${IMPORT("run, sleep")}await run(async () => { sleep(1); });\n`,
      marks: ["sleep(1)"],
      mended: `${IMPORT("run, sleep")}await run(async () => { await sleep(1); });\n`,
    },
    {
      code: `${
        IMPORT("type Coroutine, sleep")
      }function* f(): Coroutine<void> { yield* sleep(1); }\nasync () => { f(); };\n`,
      marks: ["f()"],
      mended: `${
        IMPORT("type Coroutine, sleep, createTask")
      }function* f(): Coroutine<void> { yield* sleep(1); }\nasync () => { await createTask(f()); };\n`,
    },
    { code: `${IMPORT("sleep")}function f() { sleep(1); void sleep(2); }\n`, marks: ["sleep(1)", "sleep(2)"] },
    {
      code: `import * as asyncio from "@loop/asyncio";\nasync () => { asyncio.sleep(1); };\n`,
      marks: ["asyncio.sleep(1)"],
      mended: `import * as asyncio from "@loop/asyncio";\nasync () => { await asyncio.sleep(1); };\n`,
    },
    {
      code: `import { sleep as nap } from "jsr:@loop/asyncio@^0.1.0";\nasync () => { nap(1); };\n`,
      marks: ["nap(1)"],
      mended: `import { sleep as nap } from "jsr:@loop/asyncio@^0.1.0";\nasync () => { await nap(1); };\n`,
    },
    {
      code: `${
        IMPORT("coroutine, sleep")
      }const f = coroutine(function* () { yield* sleep(1); });\nasync () => { f(); };\n`,
      marks: ["f()"],
      mended: `${
        IMPORT("coroutine, sleep")
      }const f = coroutine(function* () { yield* sleep(1); });\nasync () => { await f(); };\n`,
    },
    {
      code: `${
        IMPORT("Queue, run")
      }const queue = new Queue();\nawait run(function* () { queue.put(1); queue.putNowait(2); });\n`,
      marks: ["queue.put(1)"],
      mended: `${
        IMPORT("Queue, run")
      }const queue = new Queue();\nawait run(function* () { yield* queue.put(1); queue.putNowait(2); });\n`,
    },
    {
      code: `${
        IMPORT("Lock, type Coroutine")
      }class A {\n  #lock = new Lock();\n  *f(): Coroutine<void> { this.#lock.acquire(); this.f(); }\n}\n`,
      marks: ["this.#lock.acquire()", "this.f()"],
      mended: `${
        IMPORT("Lock, type Coroutine")
      }class A {\n  #lock = new Lock();\n  *f(): Coroutine<void> { yield* this.#lock.acquire(); yield* this.f(); }\n}\n`,
    },
    {
      code: `${IMPORT("type StreamWriter")}async function f(writer: StreamWriter) { writer.drain(); }\n`,
      marks: ["writer.drain()"],
      mended: `${IMPORT("type StreamWriter")}async function f(writer: StreamWriter) { await writer.drain(); }\n`,
    },
    {
      code: `${
        IMPORT("sleep")
      }async (busy: boolean) => {\n  busy && sleep(1);\n  busy ? sleep(2) : await sleep(3);\n  await sleep(4), sleep(5);\n};\n`,
      marks: ["sleep(1)", "sleep(2)", "sleep(5)"],
    },
    {
      code:
        `${
          IMPORT("openConnection, createSubprocessExec")
        }async () => {\n  const [reader, writer] = await openConnection("::1", 7);\n  writer.drain();\n  reader.readline();\n  writer.close();\n` +
        `  const child = await createSubprocessExec("true");\n  child.wait();\n  child.kill();\n};\n`,
      marks: ["writer.drain()", "reader.readline()", "child.wait()"],
      mended:
        `${
          IMPORT("openConnection, createSubprocessExec")
        }async () => {\n  const [reader, writer] = await openConnection("::1", 7);\n  await writer.drain();\n  await reader.readline();\n  writer.close();\n` +
        `  const child = await createSubprocessExec("true");\n  await child.wait();\n  child.kill();\n};\n`,
    },
    {
      code:
        `${
          IMPORT("Queue")
        }class A {\n  accessor lines = new Queue();\n  constructor(private readonly jobs: Queue<number>) {}\n` +
        `  async f() { this.lines.put(2); this.jobs.put(3); }\n}\n`,
      marks: ["this.lines.put(2)", "this.jobs.put(3)"],
      mended:
        `${
          IMPORT("Queue")
        }class A {\n  accessor lines = new Queue();\n  constructor(private readonly jobs: Queue<number>) {}\n` +
        `  async f() { await this.lines.put(2); await this.jobs.put(3); }\n}\n`,
    },
  ],
  "yield-star": [
    {
      code: `${IMPORT("run, sleep")}await run(function* () { yield sleep(1); });\n`,
      marks: ["yield sleep(1)"],
      mended: `${IMPORT("run, sleep")}await run(function* () { yield* sleep(1); });\n`,
    },
    {
      code: `${
        IMPORT("type Coroutine, createTask, sleep")
      }function* f(): Coroutine<void> { const t = createTask(sleep(1)); yield t; }\n`,
      marks: ["yield t"],
      mended: `${
        IMPORT("type Coroutine, createTask, sleep")
      }function* f(): Coroutine<void> { const t = createTask(sleep(1)); yield* t; }\n`,
    },
    { code: `${IMPORT("type Coroutine")}function* f(): Coroutine<void> { yield 5; }\n`, marks: ["yield 5"] },
    {
      code: `${IMPORT("sleep")}function* f() { yield sleep(1); }\n`,
      marks: ["yield sleep(1)"],
      mended: `${IMPORT("sleep")}function* f() { yield* sleep(1); }\n`,
    },
  ],
  "no-await-of-generator": [
    {
      code: `${
        IMPORT("type Coroutine, sleep")
      }async () => { const two = await f(1); };\nfunction* f(n: number): Coroutine<number> { yield* sleep(n); return n; }\n`,
      marks: ["await f(1)"],
      mended: `${
        IMPORT("type Coroutine, sleep, createTask")
      }async () => { const two = await createTask(f(1)); };\nfunction* f(n: number): Coroutine<number> { yield* sleep(n); return n; }\n`,
    },
    {
      code:
        `import { type Coroutine, sleep } from "./all.ts";\nconst f = function* (): Coroutine<void> { yield* sleep(1); };\nawait f();\n`,
      marks: ["await f()"],
      mended:
        `import { createTask } from "@loop/asyncio";\nimport { type Coroutine, sleep } from "./all.ts";\nconst f = function* (): Coroutine<void> { yield* sleep(1); };\nawait createTask(f());\n`,
    },
  ],
  "no-swallowed-cancel": [
    {
      code: `${IMPORT("run, sleep")}await run(function* () { try { yield* sleep(1); } catch {} });\n`,
      marks: ["catch {}"],
      mended: `${
        IMPORT("run, sleep, CancelledError")
      }await run(function* () { try { yield* sleep(1); } catch (error) { if (error instanceof CancelledError) throw error;} });\n`,
    },
    {
      code: `${
        IMPORT("CancelledError as Cancelled, sleep")
      }async function f() { try { await sleep(1); } catch (e) { console.log(e); } }\n`,
      marks: ["catch (e) { console.log(e); }"],
      mended: `${
        IMPORT("CancelledError as Cancelled, sleep")
      }async function f() { try { await sleep(1); } catch (e) { if (e instanceof Cancelled) throw e; console.log(e); } }\n`,
    },
    {
      code: `${
        IMPORT("CancelledError, sleep")
      }async function g() {}\nasync function f() { try { await g(); } catch (e) { throw new Error("g", { cause: e }); } }\n`,
      marks: ['catch (e) { throw new Error("g", { cause: e }); }'],
      mended: `${
        IMPORT("CancelledError, sleep")
      }async function g() {}\nasync function f() { try { await g(); } catch (e) { if (e instanceof CancelledError) throw e; throw new Error("g", { cause: e }); } }\n`,
    },
    {
      code: `${
        IMPORT("sleep")
      }async function f() { try { await sleep(1); } catch ({ message }) { console.log(message); } }\n`,
      marks: ["catch ({ message }) { console.log(message); }"],
    },
  ],
  "no-promise-as-task": [
    {
      code: `${IMPORT("createTask, run")}async function f() {}\nawait run(f());\n`,
      marks: ["f()"],
      mended: `${IMPORT("createTask, run")}async function f() {}\nawait run(() => f());\n`,
    },
    {
      code: `${
        IMPORT("taskGroup")
      }await taskGroup(function* (group) { group.createTask(fetch("https://example.com")); });\n`,
      marks: ['fetch("https://example.com")'],
      mended: `${
        IMPORT("taskGroup")
      }await taskGroup(function* (group) { group.createTask(() => fetch("https://example.com")); });\n`,
    },
    { code: `${IMPORT("createTask")}createTask(new Promise(() => {}));\n`, marks: ["new Promise(() => {})"] },
  ],
  "no-yield-of-promise": [
    {
      code: `${IMPORT("type Coroutine")}function* f(): Coroutine<Response> { return yield* fetch("/"); }\n`,
      marks: ['yield* fetch("/")'],
      mended: `${
        IMPORT("type Coroutine, fromPromise")
      }function* f(): Coroutine<Response> { return yield* fromPromise(fetch("/")); }\n`,
    },
    {
      code: `${IMPORT("type Coroutine")}async function g() {}\nfunction* f(): Coroutine<void> { yield g(); }\n`,
      marks: ["yield g()"],
      mended: `${
        IMPORT("type Coroutine, fromPromise")
      }async function g() {}\nfunction* f(): Coroutine<void> { yield* fromPromise(() => g()); }\n`,
    },
  ],
  "no-host-event-or-lock": [
    {
      code: `${IMPORT("run")}const stop = new Event();\n`,
      marks: ["new Event()"],
      mended: `${IMPORT("run, Event")}const stop = new Event();\n`,
    },
    {
      code: `import type { Coroutine } from "@loop/asyncio";\nconst lock = new Lock();\n`,
      marks: ["new Lock()"],
      mended:
        `import { Lock } from "@loop/asyncio";\nimport type { Coroutine } from "@loop/asyncio";\nconst lock = new Lock();\n`,
    },
  ],
};

/** What looks like a mistake and is none. */
export const GOOD: readonly string[] = [
  // Another module's sleep, and one that hides that of this module.
  `import { sleep } from "./mine.ts";\nimport { run } from "@loop/asyncio";\nawait run(function* () { sleep(1); });\n`,
  `${IMPORT("sleep")}export function f(sleep: (ms: number) => void) { sleep(1); }\n`,
  `${IMPORT("sleep")}export function f() { const sleep = (ms: number) => ms; sleep(1); }\n`,
  // A generator of values, and one of coroutines.
  `${IMPORT("gather, sleep")}function* f(): Generator<number> { yield 1; }\nconsole.log([...f()], gather, sleep);\n`,
  `${IMPORT("sleep")}export function* f(): Iterable<unknown> { yield sleep(1); }\n`,
  // A file that has nothing to do with this module.
  `function* f() { yield 1; }\nf();\nnew Event();\ntry { await f(); } catch {}\n`,
  // A task and a future run by themselves.
  `${IMPORT("createTask, gather, sleep")}async () => { createTask(sleep(1)); gather(sleep(1)); };\n`,
  // An async function runs by itself, and may be left alone at the top of a program.
  `${IMPORT("run, sleep")}async function main() { await run(() => sleep(1)); }\nmain();\n`,
  // What a catch may do.
  ...[
    "catch (e) { throw e; }",
    "catch (e) { if (e instanceof TypeError) return; throw e; }",
    "catch (e) { if (e instanceof CancelledError) throw e; }",
    "catch (e) { throw e instanceof TypeError ? new Error() : e; }",
    "catch (e) { throw wrapped(e); }",
    "catch (e) { failure = e; }",
    "catch (e) { errors.push(e); }",
  ].map((handler) =>
    `${
      IMPORT("CancelledError, sleep")
    }async function f() { let failure; const errors = []; try { await sleep(1); } ${handler} }\n`
  ),
  // No cancel is thrown where no coroutine is awaited, at a promise of the host, nor in a function inside.
  `${IMPORT("sleep")}async function f() { try { JSON.parse("{"); } catch {} await sleep(1); }\n`,
  `${IMPORT("sleep")}async function f() { try { await fetch("/"); } catch {} await sleep(1); }\n`,
  `${IMPORT("createTask, sleep")}try { createTask(async () => { await sleep(1); }); } catch {}\n`,
  // Functions, and lazy awaitables, can become tasks.
  `${
    IMPORT("createTask, run, sleep")
  }async function f() { createTask(f); createTask(() => f()); createTask(sleep(1)); }\nawait run(f);\n`,
  // A runner of somebody else.
  `import { run } from "./mine.ts";\nimport { sleep } from "@loop/asyncio";\nrun(fetch("/"), sleep);\n`,
  // Events of the host have a type, and Event may be imported.
  `${IMPORT("run")}dispatchEvent(new Event("load"));\n`,
  `${IMPORT("Event, Lock")}const [event, lock] = [new Event(), new Lock()];\n`,
];
