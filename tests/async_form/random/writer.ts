/**
 * Writes random programs as JavaScript, in which each function is an async function or a generator function.
 *
 * The program is source text, so that nothing stands between its own awaits, and so that it can be read. It is a
 * function of `w`, its {@linkcode World}; `f` is everywhere the {@linkcode Frame} of the running thread of control.
 *
 * @module
 */
import { Numbers } from "./numbers.ts";
import { leafStatements } from "./leaf_statements.ts";
import { scopeStatements } from "./scope_statements.ts";
import { taskStatements } from "./task_statements.ts";

/** Where a statement stands. */
export interface Place {
  readonly form: "async" | "generator";
  /** How many blocks may still be opened. */
  readonly depth: number;
  /** Whether it stands in a helper. */
  readonly inHelper: boolean;
  /** Whether it stands in the async generator that the others iterate. */
  readonly inItems: boolean;
  /** The least number of a helper that may be called, so that none calls itself. */
  readonly helper: number;
  /** The least number of a task body that may be started. */
  readonly task: number;
  /** The variables of tasks that are in scope. */
  readonly tasks: readonly string[];
  /** The variables of groups that are open around it, in the same function. */
  readonly groups: readonly string[];
}

/** Writes one statement, or gives null if it cannot stand there. */
export type Statement = (writer: Writer, place: Place) => string | null;

/** Helpers stand for the functions of a program: each may call the next, so eight are nested at most. */
const HELPERS = 8;
const TASKS = 4;
const KINDS = ["async", "generator", "coroutine(async)", "coroutine(generator)"] as const;
type Kind = typeof KINDS[number];

/** Writes one program. */
export class Writer {
  readonly numbers: Numbers;
  /** Without code that the module calls: iterators, disposers, functions given to `fromPromise`. */
  readonly plain: boolean;
  /**
   * Whether tokens are given back by hand. Never both ways in one program: by hand, the latest acquisition of the task is
   * given back, which may be that of another branch.
   */
  readonly byHand: boolean;
  readonly #statements: readonly (readonly [weight: number, Statement])[];
  readonly #total: number;
  readonly #helpers: readonly Kind[];
  /** How the functions of this program are likely to be: some programs are all of one form. */
  readonly #asyncShare: number;
  #names = 0;
  #budget = 0;

  constructor(seed: number, plain: boolean) {
    this.numbers = new Numbers(seed);
    this.plain = plain;
    this.byHand = this.numbers.chance(0.3);
    this.#asyncShare = this.numbers.pick(0.3, 0.7, 0.7, 0.9, 1);
    // Each program leans to some of the statements, or all would be alike.
    const all = [...leafStatements, ...scopeStatements, ...taskStatements];
    this.#statements = all.map(([weight, statement]) => [weight * this.numbers.pick(0, 1, 1, 1, 4), statement]);
    this.#total = this.#statements.reduce((sum, [weight]) => sum + weight, 0);
    this.#helpers = Array.from({ length: HELPERS }, () => this.#kind());
  }

  /** The whole program: it returns the functions that the main task makes tasks of. */
  program(): string {
    let source = "";
    for (let i = HELPERS - 1; i >= 0; i--) source += this.#helper(i);
    source += this.#asyncGenerator();
    for (let i = TASKS - 1; i >= 0; i--) source += this.#task(i);
    const firsts = Array.from({ length: 3 }, () => `body${this.numbers.below(2)}`);
    return `${source}return [${firsts.join(", ")}];\n`;
  }

  /** A name that is used nowhere else. */
  name(of: string): string {
    return `${of}${++this.#names}`;
  }

  /** `await` or `yield*`. */
  word(place: Place): string {
    return place.form === "async" ? "await" : "yield*";
  }

  /** A function of the form of the place, for a scope to run. */
  body(place: Place, parameters: string, source: string): string {
    return place.form === "async"
      ? `async (${parameters}) => {\n${source}}`
      : `function* (${parameters}) {\n${source}}`;
  }

  /** A wait for something of the module, told to the frame. `into` is what takes the value, as in `x = `. */
  wait(place: Place, what: string, awaitable: string, into = ""): string {
    return `f.begin(${JSON.stringify(what)});\ntry {\n${into}${this.word(place)} ${awaitable};\n} ` +
      `catch (error) {\nf.threw(error);\nthrow error;\n}\nf.went();\n`;
  }

  /** A wait for a helper, which may end with a cancel that came while the helper waited for the host. */
  waitForHelper(place: Place, awaitable: string): string {
    return `f.begin("helper");\ntry {\n${this.word(place)} ${awaitable};\n} ` +
      `catch (error) {\nf.left(error);\nthrow error;\n}\nf.back();\n`;
  }

  /** The same with a limit of its own; what follows only if it was kept is `then`. */
  timedWait(place: Place, what: string, awaitable: string, into: string, then: string): string {
    const kept = this.name("kept");
    return `let ${kept} = false;\nf.begin(${JSON.stringify(what)});\n` +
      `try {\n${into}${this.word(place)} ${awaitable};\n${kept} = true;\n} ` +
      `catch (error) {\nf.threw(error);\nif (!(error instanceof asyncio.TimeoutError)) throw error;\n}\n` +
      `if (${kept}) {\nf.went();\n${then}}\n`;
  }

  /** Some statements. */
  block(place: Place, most = 3): string {
    let tasks = place.tasks;
    let source = "";
    for (let i = this.numbers.below(most) + 1; i > 0; i--) {
      if (--this.#budget < 0) break;
      const written = this.#statement({ ...place, tasks });
      source += written;
      const made = /^const (task\d+) =/.exec(written)?.[1];
      if (made !== undefined) tasks = [...tasks, made];
    }
    return source;
  }

  /** The same one level deeper, or null if that is too deep. */
  inner(place: Place, most = 3, changes: Partial<Place> = {}): string | null {
    if (place.depth <= 0) return null;
    return this.block({ ...place, ...changes, depth: place.depth - 1 }, most);
  }

  /** A call of a helper from that place, in a frame; null if there is none left. */
  call(place: Place, frame = "f", nested = false): { awaitable: string; kind: Kind } | null {
    // A helper calls the next one once and no other, or a program would go on for ever.
    if (place.helper >= HELPERS || (place.inHelper && !nested)) return null;
    const kind = this.#helpers[place.helper] as Kind;
    const call = `helper${place.helper}(${frame})`;
    if (kind === "coroutine(async)" || kind === "coroutine(generator)") return { awaitable: call, kind };
    if ((kind === "async") === (place.form === "async")) return { awaitable: call, kind };
    if (kind === "async") return { awaitable: `asyncio.coroutine(helper${place.helper})(${frame})`, kind };
    return {
      awaitable: this.numbers.pick(`asyncio.call(${call})`, `asyncio.coroutine(helper${place.helper})(${frame})`),
      kind,
    };
  }

  /** Something that makes a task, of a body that the place may start; null if there is none. */
  taskSource(place: Place): string | null {
    return place.task < TASKS ? `body${place.task + this.numbers.below(TASKS - place.task)}` : null;
  }

  #statement(place: Place): string {
    for (;;) {
      let at = this.numbers.next() * this.#total;
      for (const [weight, statement] of this.#statements) {
        at -= weight;
        if (at >= 0) continue;
        const written = statement(this, place);
        if (written !== null) return written;
        break;
      }
      // Whatever cannot stand here is replaced by what always can.
      if (this.numbers.chance(0.2)) return this.wait(place, "sleep(0)", "asyncio.sleep(0)");
    }
  }

  #kind(): Kind {
    const isAsync = this.numbers.chance(this.#asyncShare);
    return this.numbers.chance(0.3)
      ? isAsync ? "coroutine(async)" : "coroutine(generator)"
      : isAsync
      ? "async"
      : "generator";
  }

  #function(kind: Kind, parameters: string, source: string): string {
    const isAsync = kind === "async" || kind === "coroutine(async)";
    const text = isAsync ? `async (${parameters}) => {\n${source}}` : `function* (${parameters}) {\n${source}}`;
    return kind.startsWith("coroutine") ? `asyncio.coroutine(${text})` : text;
  }

  #place(kind: Kind, helper: number, task: number, depth: number): Place {
    const form = kind === "async" || kind === "coroutine(async)" ? "async" : "generator";
    return { form, depth, helper, task, inHelper: task === TASKS, inItems: false, tasks: [], groups: [] };
  }

  #helper(i: number): string {
    const kind = this.#helpers[i] as Kind;
    this.#budget = 4;
    const place = this.#place(kind, i + 1, TASKS, 1);
    const source = this.numbers.chance(0.6) ? this.#nested(place) : "";
    return `const helper${i} = ${this.#function(kind, "f", source + this.block(place, 2))};\n`;
  }

  /** A call of the next helper and nothing else, so that some programs nest all eight. */
  #nested(place: Place): string {
    const call = this.call(place, "f", true);
    return call === null ? "" : this.waitForHelper(place, call.awaitable);
  }

  #asyncGenerator(): string {
    this.#budget = 4;
    const place = { ...this.#place("async", HELPERS, TASKS, 1), inItems: true };
    const items = 1 + this.numbers.below(3);
    return `const items = async function* (f) {\ntry {\nfor (let i = 0; i < ${items}; i++) {\n` +
      `${this.block(place, 2)}yield i;\n}\n} finally {\n` +
      `const done = f.cleanup();\ntry {\n${
        this.wait(place, "sleep(0)", "asyncio.sleep(0)")
      }} finally {\ndone();\n}\n}\n};\n`;
  }

  #task(i: number): string {
    const kind = this.#kind();
    this.#budget = i < 2 ? 20 : 10;
    const place = this.#place(kind, this.numbers.below(HELPERS), i + 1, 3);
    const set = this.numbers.chance(0.3) ? `f.set(${i + 1});\n` : "";
    return `const body${i} = ${
      this.#function(kind, "", `const f = w.start("body${i}");\n${set}${this.block(place, 5)}`)
    };\n`;
  }
}

/** The source text of a seed's program. */
export function writeProgram(seed: number, plain = false): string {
  return new Writer(seed, plain).program();
}
