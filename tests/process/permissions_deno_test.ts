import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

const FIXTURE = new URL("./fixtures/looks.ts", import.meta.url).href;
const ROOT = new URL("../../", import.meta.url).pathname;

interface Asked {
  readonly permission: string;
  readonly value: unknown;
}

/** Runs the fixture; gives what it wrote, and the permissions beside those to run and to read this module that Deno has looked at. */
async function run(...args: string[]): Promise<[output: string, asked: string[]]> {
  const audit = await Deno.makeTempFile();
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-prompt", "--no-check", "--quiet", `--allow-read=${ROOT}`, ...args],
      env: { DENO_AUDIT_PERMISSIONS: audit, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const lines = (await Deno.readTextFile(audit)).split("\n").filter((line) => line !== "");
    const asked = lines.map((line): Asked => JSON.parse(line)).filter(({ permission, value }) =>
      permission !== "run" && !(permission === "read" && String(value).replace("file://", "").startsWith(ROOT))
    );
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    return [output, asked.map(({ permission, value }) => `${permission} ${value}`)];
  } finally {
    await Deno.remove(audit);
  }
}

describe("A process on Deno", () => {
  it("makes Deno ask nobody at a terminal for more than to run it", async () => {
    assertEquals(await run("--allow-run", FIXTURE), ["both\n", []]);
  });

  it("with an open file needs the environment, and says so", async () => {
    const [output] = await run("--allow-run", FIXTURE, "open file");
    assertEquals(
      output,
      'Cannot start "true": Deno\'s permissions do not allow it. Run the program with --allow-env.\n',
    );
  });
});
