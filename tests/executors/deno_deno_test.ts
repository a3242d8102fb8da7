import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

/** Runs a program by its URL, with these variables and permissions, in a folder of modules of its own. */
async function output(url: string, env: Record<string, string>, ...permissions: string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-prompt", "--no-check", "--quiet", ...permissions, url],
      env: { DENO_DIR: folder, NO_COLOR: "1", ...env },
      stdin: "null",
    }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The permissions beside that to read that a program has asked for; at a terminal Deno would stop for each. */
async function asked(url: string, ...permissions: string[]): Promise<string[]> {
  const audit = await Deno.makeTempFile();
  try {
    await output(url, { DENO_AUDIT_PERMISSIONS: audit }, ...permissions);
    const text = await Deno.readTextFile(audit);
    const all = text.split("\n").filter((line) => line !== "").map((line): string => JSON.parse(line).permission);
    return all.filter((permission) => permission !== "read");
  } finally {
    await Deno.remove(audit);
  }
}

const root = new URL("../../", import.meta.url);

describe("A WorkerPool on Deno", () => {
  it("needs nothing but to read, and says so", async () => {
    const program = new URL("./fixtures/denied.ts", import.meta.url).href;
    assertEquals(await output(program, {}, "--allow-read"), "3\n");
    assertEquals(await asked(program, "--allow-read"), []);
    assertEquals(
      await output(program, {}),
      `EACCES Cannot start a worker: Deno may not read ${root}src/executors/worker.ts. Run it with --allow-read.\n`,
    );
  });

  it("starts its workers also when the module was imported from elsewhere, as from JSR", async () => {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
      const source = await Deno.readTextFile(new URL(`.${new URL(request.url).pathname}`, root));
      return new Response(source, { headers: { "content-type": "application/typescript" } });
    });
    const host = `127.0.0.1:${server.addr.port}`;
    try {
      const url = `http://${host}/tests/executors/fixtures/denied.ts`;
      assertEquals(await output(url, {}, `--allow-import=${host}`), "3\n");
    } finally {
      await server.shutdown();
    }
  });
});
