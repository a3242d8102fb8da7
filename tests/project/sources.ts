/**
 * Reads the sources as text: their files, their code without comments and texts, and what they import.
 *
 * @module
 */

/** The checkout. */
const root = new URL("../../", import.meta.url);

/** One file of `src/`. */
export interface Source {
  /** Its path below the checkout, such as `src/core/task.ts`. */
  readonly file: string;
  /** Its code; comments and the insides of texts are blanks, so that every place is where it was. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** One place where a module names another. */
export interface Import {
  /** What stands there: `./task.ts`, `node:fs`. */
  readonly specifier: string;
  /** `type` is erased, `value` is loaded first, `lazy` is an `import()`. */
  readonly kind: "type" | "value" | "lazy";
}

/** All files of `src/`, by their paths, and `mod.ts`. */
export async function readSources(): Promise<Map<string, Source>> {
  const files = ["mod.ts"];
  await walk("src", files);
  const all = await Promise.all(
    files.sort().map(async (file): Promise<Source> => {
      const text = await Deno.readTextFile(new URL(file, root));
      return { file, code: codeOf(text), imports: importsOf(text) };
    }),
  );
  return new Map(all.map((source) => [source.file, source]));
}

async function walk(folder: string, found: string[]): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) await walk(`${folder}/${name}`, found);
    else if (name.endsWith(".ts")) found.push(`${folder}/${name}`);
  }
}

/** The path of what a file of the sources imports, or null if that is none of them. */
export function resolve(file: string, specifier: string): string | null {
  return /^\.\.?\//.test(specifier) ? new URL(specifier, `file:///${file}`).pathname.slice(1) : null;
}

/** Every specifier that a module names outside of its comments and texts, and how. */
export function importsOf(text: string): Import[] {
  const code = codeOf(text);
  const found: (Import & { readonly at: number })[] = [];
  const add = (at: number, quote: number, kind: Import["kind"]) => {
    const end = code.indexOf(code[quote]!, quote + 1);
    found.push({ at, specifier: text.slice(quote + 1, end), kind });
  };
  // A keyword may follow a point or stand in an object: `import.meta`, `{ export: 1 }`.
  for (const match of code.matchAll(/(?<![.\w$])(?:import|export)\b(?!\s*[.:(])(\s+type\b)?[^;"'`]*?\bfrom\s*["']/g)) {
    // `import type from "./a.ts"` has a default export of that name.
    const isType = match[1] !== undefined && !/^\w+\s+type\s+from/.test(match[0]);
    add(match.index, match.index + match[0].length - 1, isType ? "type" : "value");
  }
  for (const match of code.matchAll(/(?<![.\w$])import\s*["']/g)) {
    add(match.index, match.index + match[0].length - 1, "value");
  }
  for (const match of code.matchAll(/(?<![.\w$])(?:import|require)\s*\(\s*["'`]/g)) {
    const isType = /(?:\btypeof|[:<|&])\s*$/.test(code.slice(0, match.index));
    add(match.index, match.index + match[0].length - 1, isType ? "type" : "lazy");
  }
  return found.sort((one, other) => one.at - other.at).map(({ specifier, kind }) => ({ specifier, kind }));
}

/** What may stand before the beginning of a regular expression; after anything else a slash divides. */
const BEFORE_PATTERN = /(?:^|[(,=:[!&|?{};+*%<>~^-]|\b(?:return|typeof|case|in|of|yield|await|throw))\s*$/;

/** What begins a comment, a text, a pattern, or ends the code inside of a template. */
const SPECIAL = /\/\/|\/\*|["'`{}]|\//g;

/** The code with blanks in place of comments and of what stands between quotes; lines stay lines. */
export function codeOf(text: string): string {
  let code = "";
  let at = 0;
  /** For each template that we are in: how many braces are open in its expression. */
  const open: number[] = [];
  const blank = (to: number) => {
    code += text.slice(at, to).replace(/[^\n]/g, " ");
    at = to;
  };
  const keep = (to: number) => {
    code += text.slice(at, to);
    at = to;
  };
  const template = () => {
    const end = /(?:\\[\s\S]|(?!\$\{)[^\\`])*/y;
    end.lastIndex = at;
    end.exec(text);
    blank(end.lastIndex);
    const inside = text[at] === "$";
    keep(at + (inside ? 2 : 1));
    if (inside) open.push(0);
  };
  for (;;) {
    SPECIAL.lastIndex = at;
    const match = SPECIAL.exec(text);
    if (match === null) return code + text.slice(at);
    keep(match.index);
    const depth = open.length - 1;
    switch (match[0]) {
      case "//":
        blank(endOf(text, "\n", at) - 1);
        break;
      case "/*":
        blank(endOf(text, "*/", at + 2));
        break;
      case "{":
        keep(at + 1);
        if (depth >= 0) open[depth]!++;
        break;
      case "}":
        keep(at + 1);
        if (depth < 0 || --open[depth]! >= 0) break;
        open.pop();
        template();
        break;
      case "`":
        keep(at + 1);
        template();
        break;
      case "/":
        if (!BEFORE_PATTERN.test(code.slice(-40))) keep(at + 1);
        else skip(/\/(?:\\.|\[(?:\\.|[^\\\]\n])*\]|[^\\/\n])*\//y);
        break;
      default:
        skip(match[0] === '"' ? /"(?:\\[\s\S]|[^\\"])*"/y : /'(?:\\[\s\S]|[^\\'])*'/y);
    }
  }

  /** Past what has the same sign at both ends, of which the inside becomes blank. */
  function skip(whole: RegExp): void {
    whole.lastIndex = at;
    const end = at + (whole.exec(text)?.[0].length ?? 1);
    keep(at + 1);
    if (end <= at) return;
    blank(end - 1);
    keep(end);
  }
}

function endOf(text: string, sign: string, from: number): number {
  const at = text.indexOf(sign, from);
  return at < 0 ? text.length + 1 : at + sign.length;
}
