import { deno } from "./deno.ts";
import type { Show } from "../tests/run/show.ts";

/** Hono's own types that the signatures of `./hono` name. They are documented by Hono and cannot be exported here. */
const HONO_TYPES = [
  "BlankInput",
  "Context",
  "Env",
  "Handler",
  "Hono",
  "Input",
  "MergePath",
  "MiddlewareHandler",
  "Next",
  "Schema",
  "ToSchema",
  "TypedResponse",
];

/** Lints the documentation of every entry point, that of `./hono` may refer to Hono's types; and builds its pages. */
export async function lintDocumentation(show: Show): Promise<{ success: boolean }> {
  const config: { exports: Record<string, string> } = JSON.parse(await Deno.readTextFile("deno.json"));
  const { "./hono": hono, ...others } = config.exports;
  const plain = await deno(["doc", "--lint", ...Object.values(others)], show);
  const linted = plain.success && (hono === undefined || await lintHono(hono, show));
  return { success: await buildPages(Object.values(config.exports), show) && linted };
}

/** Builds the pages as the registry does, and looks whether they are there. */
async function buildPages(entries: readonly string[], show: Show): Promise<boolean> {
  const output = await Deno.makeTempDir();
  try {
    const html = ["doc", "--html", "--name=@loop/asyncio", `--output=${output}`];
    const { success, errors } = await deno([...html, ...entries]);
    const built = success && await Deno.stat(`${output}/all_symbols.html`).then(() => true, () => false);
    if (!built) show.line(`The pages of the documentation cannot be built. ${errors}`);
    return built;
  } finally {
    await Deno.remove(output, { recursive: true });
  }
}

async function lintHono(entry: string, show: Show): Promise<boolean> {
  const { success, errors, output } = await deno(["doc", "--lint", entry]);
  const report = output + errors;
  const found = report.split(/^(?=error\[)/m).filter((part) => part.startsWith("error["));
  const wrong = found.filter((part) => !refersToHono(part));
  for (const part of wrong) show.line(part);
  // A failure that is not in the list, such as a file that is missing, must not pass for one that is excepted.
  const all = /^error: Found (\d+) documentation lint error/m.exec(report);
  const understood = success || Number(all?.[1]) === found.length;
  if (!understood) show.line(report);
  return wrong.length === 0 && understood;
}

function refersToHono(error: string): boolean {
  const type = /^error\[private-type-ref\]: .* references private type '(?:\w+\.)*(\w+)'/.exec(error)?.[1];
  return type !== undefined && HONO_TYPES.includes(type);
}
