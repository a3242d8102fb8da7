/**
 * The report as Markdown.
 *
 * @module
 */
import type { Beside, Host } from "../beside.ts";
import { DURATION } from "./durations.ts";
import { bytes, count, milliseconds, nanoseconds, range, ratio, table, times } from "./format.ts";
import { bothRuns, judge } from "./goals.ts";
import type { Results } from "./results.ts";

/** The whole of RESULTS.md. */
export function toMarkdown(results: Results): string {
  const parts = [head(results), goals(results), hot(results), peers(results), memory(results), growth(results)];
  parts.push(start(results), http(results), processes(results), threads(results), others(results));
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function head({ machine }: Results): string {
  const { processor, cores, memory, system, runtimes, commit, date, load } = machine;
  const versions = runtimes.map(({ name, version }) => `${name} ${version}`).join(", ");
  return `# Results

Written by \`deno task bench:report\`; not by hand. Measured at ${date} UTC on ${commit}.

${processor}, ${cores} cores, ${(memory / 2 ** 30).toFixed(0)} GB, ${system}; ${versions}. The load before was ${
    load.toFixed(2)
  }.

**How.** Each program runs in a process of its own, since in a shared one it is faster or slower by what ran before it: engines keep what
they learn about a function in one place for all its callers. A program is warmed up for ${DURATION.warmUp} ms and then run again and again for
${DURATION.enough} ms; its figure is the median of the runs. Programs that are compared take turns, ${DURATION.rounds} rounds, every second round the other
way round. A figure is the median of the rounds, with the middle half of them in brackets; a ratio is taken round by round, so that what
disturbs the machine for a while disturbs both sides. Figures of one machine say little about another one: the ratios travel better.`;
}

function goals(results: Results): string {
  const verdicts = judge(results);
  if (verdicts.length === 0) return "";
  const met = verdicts.filter((verdict) => verdict.met).length;
  const rows = verdicts.map((
    { what, on, goal, reached, met },
  ) => [what, on, goal, reached, met ? "met" : "**missed**"]);
  const titles = (results.others ?? []).map(({ title }) => title).join(", ");
  const elsewhere = titles === "" ? "" : ` Not counted are those of ${titles}, which the section of that name judges.`;
  return `## Goals

${met} of ${verdicts.length} are met; they are judged before they are rounded.${elsewhere}

${table(["What", "On", "Goal", "Reached", ""], rows, ["On", "Goal", ""])}`;
}

function hot(results: Results): string {
  if (!results.hot) return "";
  const apart: string[] = [];
  const rows = results.hot[0].map(({ id, on }) => {
    const [first, second] = bothRuns(results, id, on)!;
    if (first.module.low > second.module.high || second.module.low > first.module.high) {
      apart.push(`${first.title} on ${on}`);
    }
    const baseline = `${first.baselineName}: ${nanoseconds(first.baseline.median)}, ${
      nanoseconds(second.baseline.median)
    }`;
    const cells = [first.title, on, range(first.module, nanoseconds), range(second.module, nanoseconds)];
    return [...cells, baseline, range(first.ratio, ratio), range(second.ratio, ratio)];
  });
  const columns = ["", "On", "First run", "Second run", "Without this module", "Ratio, first run", "Ratio, second run"];
  const agree = apart.length === 0
    ? "The runs agree within their spread in every row."
    : `The middle halves of the two runs do not overlap in ${apart.length} of ${rows.length} rows: ${
      apart.join("; ")
    }.`;
  return `## The hot path

Two runs, one after the other, of everything in \`bench/hot_path\`: nanoseconds an operation, and of the time that the same takes without this
module. ${agree}

${table(columns, rows, ["On", "Without this module"])}`;
}

function peers({ peers }: Results): string {
  if (!peers) return "";
  const names = [...new Set(peers.versions.map(({ name }) => name))];
  const sections = (["Deno", "Bun"] as const).map((on) => {
    const here = names.filter((name) =>
      peers.versions.some((one) => one.name === name && [on, "Python"].includes(one.on))
    );
    const rows = peers.tables.map(({ title, figures }) => {
      const own = figures.find((one) => one.name === "this module" && one.on === on);
      return [
        title,
        ...here.map((name) => {
          const figure = figures.find((one) => one.name === name && (one.on === on || one.on === "Python"));
          if (!figure) return "";
          return figure === own || !own
            ? nanoseconds(figure.median)
            : `${nanoseconds(figure.median)}, ${times(figure.median / own.median)}`;
        }),
      ];
    });
    const label = (name: string) => {
      const version = peers.versions.find((one) => one.name === name)?.version;
      return version ? `${name} ${version}` : name;
    };
    return `### On ${on}\n\n${table(["", ...here.map(label)], rows)}`;
  });
  return `## Peers

The same programs in everybody's words (\`bench/peers\`), nanoseconds an operation, and how many times this module's time that is. An empty
cell: it has no words for that. asyncio and uvloop run on Python in both tables.

${sections.join("\n\n")}`;
}

function memory({ memory, million }: Results): string {
  const parts: string[] = [];
  if (memory) {
    const rows = memory.peers.map(({ name, on, heap, bytes: resident, made }) => [
      name,
      on,
      heap === undefined ? "" : bytes(heap),
      bytes(resident),
      nanoseconds((made * 1e6) / memory.count),
    ]);
    parts.push(`## Sleeping tasks

${
      count(memory.count)
    } tasks that sleep for an hour, by each of them: what is left of the heap after a collection, what the process's resident memory grew by
before one, and the time to make it.

${table(["", "On", "Heap", "Resident", "Made in"], rows, ["On"])}`);
  }
  if (million) {
    const rows = million.peers.map(({ name, on, made, rss, collected, left, heapLeft }) => [
      name,
      on,
      `${(made / 1_000).toFixed(2)} s`,
      `${count(rss / 1e6)} MB`,
      collected === undefined ? "" : `${count(collected / 1e6)} MB`,
      count(left),
      heapLeft === undefined ? "" : `${heapLeft.toFixed(1)} B`,
    ]);
    parts.push(`### ${count(million.count)} of them

Resident is the whole process. Left over is what remains when all were cancelled: tasks, and bytes of the heap by task.

${table(["", "On", "Made in", "Resident", "after a collection", "Tasks left", "Heap left"], rows, ["On"])}`);
  }
  return parts.join("\n\n");
}

function growth({ growth }: Results): string {
  if (!growth || growth.length === 0) return "";
  const live = growth[0]!.costs.map((cost) => `${count(cost.live)} live`);
  const rows = growth.map(({ on, what, costs }) => [what, on, ...costs.map((cost) => range(cost, nanoseconds))]);
  return `## Growth

Nanoseconds an operation while so many other tasks sleep, each with a timer of its own. \`timer\` is \`callLater\` and \`cancel\`. In \`turns of all\` it is the live
tasks themselves that take turns, five each, with what it costs to make and to end them: no cache of a processor holds them all.

${table(["", "On", ...live], rows, ["On"])}`;
}

function start({ latency, size }: Results): string {
  const parts: string[] = [];
  if (latency) {
    const rows = latency.map((
      { on, p50, p99, most },
    ) => [on, milliseconds(p50), milliseconds(p99), milliseconds(most)]);
    parts.push(`## A socket beside spinning tasks

The time of an echo of 32 bytes on this module's streams while ${latency[0]?.spinners} tasks spin on \`sleep(0)\`.

${table(["On", "Median", "p99", "Most"], rows)}`);
  }
  if (size) {
    const hosts = [...new Set(size.imports.map(({ on }) => on))];
    const cell = (on: Host["name"], name: string) => {
      const cost = size.imports.find((one) => one.on === on && one.name === name);
      return cost ? range(cost.added, milliseconds) : "";
    };
    const empty = (on: Host["name"]) => range(size.imports.find((one) => one.on === on)!.empty, milliseconds);
    const names = [...new Set(size.imports.map(({ name }) => name))];
    parts.push(`## Import, modules and bundle

Processor time of whole processes: of one that does nothing, and what an import adds to that. Deno and Bun import this module from its source, Node
from the form in which npm has it. \`mod.ts\` reaches ${size.modules.atOnce} modules by static imports, and ${size.modules.all} with what
a literal \`import()\` names, which Deno fetches at the start.

${
      table(["", ...hosts], [
        ["an empty program", ...hosts.map(empty)],
        ...names.map((name) => [name, ...hosts.map((on) => cell(on, name))]),
      ])
    }`);
    const kilobytes = (value: number) => `${(value / 1024).toFixed(1)} KB`;
    const bundles = size.bundles.map(({ name, bundler, minified, gzip, later }) => [
      name,
      `\`${bundler.split(" ")[0]}\``,
      kilobytes(minified),
      kilobytes(gzip),
      later === 0 ? "" : kilobytes(later),
    ]);
    parts.push(
      `Bundles by ${
        [...new Set(size.bundles.map(({ bundler }) => `\`${bundler}\``))].join(", ")
      }: the entry chunk with every chunk that it imports statically, and apart from them what is loaded only when it is needed.

${table(["", "By", "At once, minified", "gzip", "Later, gzip"], bundles, ["By"])}`,
    );
  }
  return parts.join("\n\n");
}

function http({ http }: Results): string {
  if (!http) return "";
  const microseconds = (value: number) => `${value.toFixed(1)} µs`;
  const rows = http.figures.map(({ name, on, kind, rate, cpu, p99, client }) => [
    name,
    on,
    kind,
    range(rate, count),
    range(cpu, microseconds),
    milliseconds(p99.median),
    `${Math.round(client.median * 100)} %`,
  ]);
  const ratios = http.ratios.map((one) => [
    `${one.on}, ${one.kind}`,
    one.against === one.on ? "bare" : one.against,
    range(one, ratio),
  ]);
  return `## HTTP

A Hono app with one route through \`serve\` and \`handler\`, beside the same app on the runtime's own server, and aiohttp on uvloop; ${http.connections} connections,
${http.client}. The handler ends in its \`first\` step, or \`parks\` once. "Deno, legacy" is Deno without its flag \`no-legacy-abort\`. Server and client have a core each where there
are two; processor time by request is what the ratios compare. The client's own ceiling is ${
    count(http.ceiling)
  } requests by second of its time.

${table(["", "On", "Handler", "Requests by second", "CPU by request", "p99", "Client busy"], rows, ["On", "Handler"])}

${table(["serve and handler on", "Over", "Ratio"], ratios, ["Over"])}`;
}

function processes({ process }: Results): string {
  if (!process) return "";
  return `## Processes

\`bench/process\`: \`createSubprocessExec\` beside what a program without this module writes; both take turns, and the lower quartiles are compared.

${besideTable(process)}`;
}

function threads({ executors }: Results): string {
  if (!executors) return "";
  return `## Threads

\`bench/executors\`: a round trip of \`toThread\` beside one of a bare worker, on one processor, and hashing by two workers beside the same in one
thread; both take turns, and the lower quartiles are compared.

${besideTable(executors)}`;
}

function besideTable(figures: readonly Beside[]): string {
  const rows = figures.map(({ title, on, bare, module, ratio: value }) => [title, on, bare, module, ratio(value)]);
  return table(["", "On", "Bare", "This module", "Ratio"], rows, ["On"]);
}

function others({ others }: Results): string {
  if (!others || others.length === 0) return "";
  return others.map(({ title, command, text }) => `## ${title}\n\n\`${command}\`:\n\n\`\`\`text\n${text}\n\`\`\``).join(
    "\n\n",
  );
}
