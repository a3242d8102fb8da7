/**
 * The rules in ESLint, as an npm user has them.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { findNode } from "../run/runtimes.ts";
import { unpackInto } from "../package/packed.ts";
import { Tools } from "../package/tools.ts";
import { BAD, GOOD } from "./cases.ts";

const tools = await Tools.install("eslint", {
  eslint: "10.15.0",
  "@typescript-eslint/parser": "8.74.0",
  typescript: "6.0.3",
  "@types/node": "24.19.4",
});

const CONFIG = `
import asyncio from "@loop/asyncio/lint";
import parser from "@typescript-eslint/parser";
export default [asyncio.configs.recommended, { files: ["**/*.ts"], languageOptions: { parser } }];
`;

/** Lints every file once for what is found, and once with the changes, in one process. */
const PROGRAM = `
import { ESLint } from "eslint";
const seen = {};
for (const fix of [false, true]) {
  for (const { filePath, messages, output } of await new ESLint({ fix }).lintFiles(["code/*.ts"])) {
    const name = filePath.split("/").at(-1);
    if (fix) seen[name].output = output ?? null;
    else seen[name] = { rules: messages.map(({ ruleId, message }) => ruleId ?? message) };
  }
}
console.log(JSON.stringify(seen));
`;

/** As a configuration in TypeScript has it. */
const TYPED = `
import asyncio from "@loop/asyncio/lint";
import type { ESLint, Linter } from "eslint";
export const plugin: ESLint.Plugin = asyncio;
export default [asyncio.configs.recommended] satisfies Linter.Config[];
`;
const STRICT = "--noEmit --strict --target es2022 --module nodenext --skipLibCheck --types node".split(" ");

interface Seen {
  readonly rules: readonly string[];
  readonly output: string | null;
}

describe("In ESLint", { ignore: tools === null }, () => {
  it("the rules find the same, and mend it in the same way", async () => {
    await tools!.project(async (folder) => {
      await unpackInto(folder);
      await Deno.writeTextFile(`${folder}/eslint.config.js`, CONFIG);
      await Deno.writeTextFile(`${folder}/lint.js`, PROGRAM);
      await Deno.mkdir(`${folder}/code`);
      const expected: Record<string, { code: string; rules: string[]; output: string | null }> = {};
      for (const [rule, cases] of Object.entries(BAD)) {
        for (const [i, { code, marks, mended }] of cases.entries()) {
          const rules = marks.map(() => `asyncio/${rule}`);
          expected[`${rule}_${i}.ts`] = { code, rules, output: mended ?? null };
        }
      }
      for (const [i, code] of GOOD.entries()) expected[`good_${i}.ts`] = { code, rules: [], output: null };
      for (const [name, { code }] of Object.entries(expected)) await Deno.writeTextFile(`${folder}/code/${name}`, code);

      const [node, ...args] = await findNode();
      const { stdout, stderr } = await new Deno.Command(node!, { args: [...args, "lint.js"], cwd: folder }).output();
      const decoder = new TextDecoder();
      assertEquals(decoder.decode(stderr), "");
      const seen: Record<string, Seen> = JSON.parse(decoder.decode(stdout));
      for (const [name, { code, rules, output }] of Object.entries(expected)) {
        assertEquals({ code, rules, output }, { code, ...seen[name] });
      }
      await Deno.writeTextFile(`${folder}/typed.ts`, TYPED);
      assertEquals(await tools!.run(folder, "tsc", ...STRICT, "typed.ts"), "code 0");
    });
  });
});
