import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

const FIXTURE = new URL("./fixtures/looks.ts", import.meta.url).href;
const ROOT = new URL("../../", import.meta.url).pathname;

interface Asked {
  readonly permission: string;
  readonly value: unknown;
}

/** Runs the fixture; gives what it wrote, and the permissions beside those to run and to read this module that Deno has looked at. */
async function run(args: string[], env: Record<string, string> = {}): Promise<[output: string, asked: string[]]> {
  const audit = await Deno.makeTempFile();
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-prompt", "--no-check", "--quiet", `--allow-read=${ROOT}`, ...args],
      env: { DENO_AUDIT_PERMISSIONS: audit, NO_COLOR: "1", ...env },
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
    assertEquals(await run(["--allow-run", FIXTURE]), ["both\n", []]);
  });

  it("with an open file needs the environment, and says so", async () => {
    const [output] = await run(["--allow-run", FIXTURE, "open file"]);
    assertEquals(
      output,
      'Cannot start "true": Deno\'s permissions do not allow it. Run the program with --allow-env.\n',
    );
  });

  it("with a variable that only those may pass on who may run all programs says so, and what to do", async () => {
    const [output] = await run(["--allow-run=true", FIXTURE, "variable"], { LD_LIBRARY_PATH: "/nowhere" });
    assertEquals(
      output,
      'Cannot start "true" with LD_LIBRARY_PATH in its environment: Deno\'s permissions allow that only where all programs may run. Leave it out of env, or run the program with --allow-run without a list.\n',
    );
  });
});
