/**
 * Writes `docs/from-python.md`, the page that compares the names of asyncio with those of this module, from `docs/from-python.json`:
 * `deno run -A .ci/from_python.ts`. A test compares the data with the module, and the page with the data.
 *
 * @module
 */

/** A name of asyncio. */
export interface ComparedName {
  /** As asyncio has it. */
  readonly python: string;
  /** As this module has it: `sleep`, `Task.cancel`, `inspect:captureCallGraph` of another entry point, or nothing. */
  readonly here: string;
  readonly how: "same" | "differs" | "no";
  readonly note: string;
}

/** What the page says. */
export interface Comparison {
  readonly idioms: readonly { readonly python: string; readonly here: string; readonly note: string }[];
  readonly sections: readonly {
    readonly title: string;
    readonly prefix: string;
    readonly rows: readonly ComparedName[];
  }[];
}

const FILE = new URL("../docs/from-python.json", import.meta.url);
const PAGE = new URL("../docs/from-python.md", import.meta.url);

const HEAD = `# Coming from Python

Every name of asyncio (CPython 3.15), and the methods of its loop, tasks, servers, streams and transports. Names are
asyncio's in camelCase. Three things to know first:

- **Times are milliseconds**, where asyncio counts seconds.
- **\`await\` is \`yield*\`** in a generator function; in an async function it is \`await\`.
- **A bare \`catch\` takes cancels as well**: JavaScript has no BaseException. See [Cancellation](./cancellation.md).

A program:

\`\`\`ts
import { type Coroutine, gather, run, sleep, timeout } from "@loop/asyncio";

function* work(name: string, time: number): Coroutine<string> {
  yield* sleep(time);
  return name;
}

await run(function* () {
  yield* timeout(2_000, function* () {
    console.log(...yield* gather(work("a", 2), work("b", 1)));
  });
});
\`\`\`

\`\`\`text
a b
\`\`\`
`;

/** Reads the data. */
export async function readComparison(): Promise<Comparison> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

/** The page, as the formatter leaves it. */
export async function fromPythonPage({ idioms, sections }: Comparison): Promise<string> {
  const parts = [
    HEAD,
    "## Idioms\n",
    table(["Python", "Here", ""], idioms.map(({ python, here, note }) => [python, here, note])),
    ...sections.flatMap(({ title, prefix, rows }) => [
      `## ${title}\n`,
      table(
        ["Python", "Here", ""],
        rows.map(({ python, here, how, note }) => [
          code(`${prefix === "asyncio." ? "" : prefix}${python}`),
          how === "no" ? "not here" : code(shown(here)),
          how === "differs" ? `**different:** ${note}` : note,
        ]),
      ),
    ]),
  ];
  const { stdin, output } = format();
  const writer = stdin.getWriter();
  await writer.write(new TextEncoder().encode(parts.join("\n")));
  await writer.close();
  return new TextDecoder().decode((await output).stdout);
}

/** The name of an entry point stands in the note. */
function shown(here: string): string {
  return here.slice(here.indexOf(":") + 1);
}

function format() {
  const args = ["fmt", "--quiet", "--ext", "md", "-"];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" }).spawn();
  return { stdin: child.stdin, output: child.output() };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) await Deno.writeTextFile(PAGE, await fromPythonPage(await readComparison()));
