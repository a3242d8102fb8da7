/**
 * The pages as a reader and a compiler see them: links lead somewhere, and the programs have the right types.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { codeBlocks, pages, writeBlocks } from "./code_blocks.ts";

const root = new URL("../../", import.meta.url);
const others = [
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "examples/README.md",
  "examples/distributed/README.md",
];

/** The anchor that a heading has on the usual sites. */
function anchor(heading: string): string {
  return heading.toLowerCase().replace(/`|\*/g, "").replace(/[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-");
}

async function anchorsOf(file: URL): Promise<string[]> {
  const text = (await Deno.readTextFile(file)).replace(/^```[\s\S]*?^```$/gm, "");
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!));
}

/** Why a link leads nowhere, or null. */
async function broken(page: string, link: string): Promise<string | null> {
  if (/^https?:/.test(link)) return null;
  const [path = "", hash] = link.split("#");
  const target = path === "" ? new URL(page, root) : new URL(path, new URL(page, root));
  const found = await Deno.stat(target).catch(() => null);
  if (found === null) return `${page}: there is no ${link}`;
  if (hash === undefined || !found.isFile || !target.pathname.endsWith(".md")) return null;
  return (await anchorsOf(target)).includes(hash) ? null : `${page}: there is no heading ${link}`;
}

describe("The pages", () => {
  it("have links that lead somewhere", async () => {
    const wrong: string[] = [];
    let count = 0;
    for (const page of [...await pages(), ...others]) {
      const text = (await Deno.readTextFile(new URL(page, root))).replace(/^```[\s\S]*?^```$/gm, "");
      for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        count++;
        const why = await broken(page, link!);
        if (why !== null) wrong.push(why);
      }
    }
    assertEquals(wrong, []);
    assert(count > 50, `${count} links were found`);
  });

  it("are all in the guide's list", async () => {
    const list = await Deno.readTextFile(new URL("docs/README.md", root));
    const missing = (await pages()).filter((page) =>
      page.startsWith("docs/") && page !== "docs/README.md" && !list.includes(`](./${page.slice("docs/".length)})`)
    );
    assertEquals(missing, []);
  });

  it("have programs of the right types", async () => {
    const folder = await Deno.makeTempDir({ prefix: "types-" });
    try {
      const blocks = (await Promise.all((await pages()).map(codeBlocks))).flat().filter(({ ignored }) => !ignored);
      const files = await writeBlocks(folder, blocks);
      const config = new URL("deno.offline.json", root).pathname;
      const command = new Deno.Command(Deno.execPath(), {
        args: ["check", "--quiet", "--config", config, ...files],
        cwd: root,
        env: { NO_COLOR: "1" },
      });
      const { success, stderr } = await command.output();
      assert(success, new TextDecoder().decode(stderr));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
