/**
 * What `deno doc mod.ts` shows.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

/** The groups of the public surface, in the order of `mod.ts`. */
const CATEGORIES = [
  "Running",
  "Coroutines",
  "Tasks and futures",
  "Waiting",
  "Scopes",
  "Synchronization",
  "Queues",
  "Streams",
  "Transports and protocols",
  "Threads",
  "Processes",
  "Context variables",
  "Errors",
];

interface Declaration {
  readonly jsDoc?: { readonly tags?: readonly { readonly kind: string; readonly doc?: string }[] };
  readonly def?: Readonly<Record<string, unknown>>;
}

interface Documented {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

const root = new URL("../../", import.meta.url);

async function documented(): Promise<readonly Documented[]> {
  const command = new Deno.Command(Deno.execPath(), { args: ["doc", "--json", "mod.ts"], cwd: root, stderr: "piped" });
  const { stdout, stderr } = await command.output();
  assert(stdout.length > 0, new TextDecoder().decode(stderr));
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    nodes: Record<string, { symbols: Documented[] }>;
  };
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

/** The names of what a class or an interface has. */
function membersOf({ def = {} }: Declaration): string[] {
  return ["methods", "properties", "accessors"].flatMap((kind) =>
    ((def[kind] ?? []) as readonly { readonly name: string }[]).map(({ name }) => name)
  );
}

describe("The public surface", () => {
  it("is grouped: every name has a category", async () => {
    const wrong = (await documented()).filter(({ declarations }) =>
      !declarations.some(({ jsDoc }) =>
        jsDoc?.tags?.some(({ kind, doc }) => kind === "category" && CATEGORIES.includes(doc ?? ""))
      )
    );
    assertEquals(wrong.map(({ name }) => name), [], "Add a tag @category to these.");
  });

  it("shows no member that begins with an underscore", async () => {
    const shown = (await documented()).flatMap(({ name, declarations }) =>
      declarations.flatMap(membersOf).filter((member) => member.startsWith("_")).map((member) => `${name}.${member}`)
    );
    assertEquals(shown, [], "Make them private, or hide them by @ignore.");
  });
});
