/**
 * What `deno doc` shows of the entry points.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

/** The groups of `mod.ts`, in its order. */
const MAIN = [
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

/** The entry points that have groups. What the signatures of one name of others has the group that it has there. */
const ENTRIES = {
  "mod.ts": MAIN,
  "src/http/mod.ts": ["Servers", "Requests", "Responses", "WebSockets"],
  "src/hono/mod.ts": ["Routes", "Middleware", "Streaming", "Responses", ...MAIN],
  "src/testing/mod.ts": ["Virtual time", "Simulated network", "Tests", "Orders", "Cancels"],
  "src/inspect/mod.ts": ["Inspection", ...MAIN],
  "src/otel/mod.ts": ["Telemetry"],
  "src/lint/mod.ts": ["Plugin"],
  "src/adapters/selector/mod.ts": MAIN,
  "src/adapters/adapter.ts": ["Runtime", "HTTP", "Sockets", "Processes", "Threads", ...MAIN],
};

interface Declaration {
  readonly jsDoc?: { readonly tags?: readonly { readonly kind: string; readonly doc?: string }[] };
  readonly def?: Readonly<Record<string, unknown>>;
}

interface Documented {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

const root = new URL("../../", import.meta.url);

async function documented(entry: string): Promise<readonly Documented[]> {
  const command = new Deno.Command(Deno.execPath(), { args: ["doc", "--json", entry], cwd: root, stderr: "piped" });
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

for (const [entry, categories] of Object.entries(ENTRIES)) {
  describe(`The public surface of ${entry}`, () => {
    it("is grouped: every name has a category", async () => {
      const wrong = (await documented(entry)).filter(({ declarations }) =>
        !declarations.some(({ jsDoc }) =>
          jsDoc?.tags?.some(({ kind, doc }) => kind === "category" && categories.includes(doc ?? ""))
        )
      );
      assertEquals(wrong.map(({ name }) => name), [], "Add a tag @category to these.");
    });

    it("shows no member that begins with an underscore", async () => {
      const shown = (await documented(entry)).flatMap(({ name, declarations }) =>
        declarations.flatMap(membersOf).filter((member) => member.startsWith("_")).map((member) => `${name}.${member}`)
      );
      assertEquals(shown, [], "Make them private, or hide them by @ignore.");
    });
  });
}
