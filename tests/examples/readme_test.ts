/**
 * The list of the examples: the programs that end by themselves do what it says, and every example is in it and in a test.
 */
import { readdirSync, readFileSync } from "node:fs";
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { exampleFlags, Program } from "../program.ts";

const folder = new URL("../../examples/", import.meta.url);
const text = readFileSync(new URL("README.md", folder), "utf8");

/** The words of a command, without the quotes of a shell. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

/** The commands with what they print; "…" stands for anything. */
const commands = [...text.matchAll(/^```sh\ndeno run (.*)\n```\n\n```text\n([\s\S]*?)^```$/gm)].map(
  ([, command, prints]) => {
    const words = wordsOf(command!);
    const file = words.findIndex((word) => word.endsWith(".ts"));
    return { flags: words.slice(0, file), file: words[file]!, args: words.slice(file + 1), prints: prints! };
  },
);

describe("The list of examples", () => {
  it("has commands to run", () => assert(commands.length >= 6, `${commands.length} commands`));

  for (const { flags, file, args, prints } of commands) {
    it(`says how ${file} is started and what it prints`, async () => {
      const program = new Program(new URL(`../../${file}`, import.meta.url), exampleFlags(...flags), args);
      await program.ended;
      const pattern = prints.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[^]*");
      assert(new RegExp(`^${pattern}$`).test(program.output), `It prints ${program.output}`);
    });
  }

  it("names every example, and a test starts each", () => {
    const names = [
      ...readdirSync(folder).filter((name) => name.endsWith(".ts")),
      ...readdirSync(new URL("recipes", folder)).map((name) => `recipes/${name}`),
    ];
    assertEquals(names.filter((name) => !text.includes(name)), []);
    const tests = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith("_test.ts"));
    const started = commands.map(({ file }) => file).join() +
      tests.map((name) => readFileSync(new URL(name, import.meta.url), "utf8")).join();
    const isStarted = (name: string) => started.includes(name) || name.startsWith("recipes/");
    assertEquals(names.filter((name) => !isStarted(name)), []);
  });
});
