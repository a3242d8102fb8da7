/**
 * Reports on lines in the form of `lcov`, which all three runners write.
 *
 * @module
 */

/** How often each line was reached, by the file's path below the checkout. */
export type Lines = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Reads a report; only the files of `src/` count. */
export function readLcov(text: string, root: string): Lines {
  const found = new Map<string, Map<number, number>>();
  let lines: Map<number, number> | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("SF:")) {
      const file = line.slice(3).replace(`${root}/`, "");
      lines = file.startsWith("src/") ? found.get(file) ?? new Map() : undefined;
      if (lines) found.set(file, lines);
    } else if (line.startsWith("DA:") && lines) {
      const [number, times] = line.slice(3).split(",").map(Number) as [number, number];
      lines.set(number, Math.max(times, lines.get(number) ?? 0));
    }
  }
  return found;
}

/** What several runs have reached together. Runners differ in which lines count: the first one that knows the file says that. */
export function merge(all: readonly Lines[]): Lines {
  const found = new Map<string, Map<number, number>>();
  for (const report of all) {
    for (const [file, lines] of report) {
      const before = found.get(file);
      if (before === undefined) found.set(file, new Map(lines));
      else for (const [number, times] of before) before.set(number, Math.max(times, lines.get(number) ?? 0));
    }
  }
  return found;
}

/** What is reached of each folder, and the lines that are not, as in `src/core/task.ts: 12, 40-44`. */
export function summary(lines: Lines, files: readonly string[]): string {
  const folders = new Map<string, { reached: number; all: number }>();
  const missed: string[] = [];
  for (const path of files) {
    const file = path.replace(/^\.\//, "");
    const of = lines.get(file);
    if (of === undefined) {
      missed.push(`${file}: not loaded, or has only types`);
      continue;
    }
    const folder = file.slice(0, file.lastIndexOf("/"));
    const sum = folders.get(folder) ?? { reached: 0, all: 0 };
    folders.set(folder, sum);
    const not = [...of].filter(([, times]) => times === 0).map(([number]) => number).sort((one, other) => one - other);
    sum.all += of.size;
    sum.reached += of.size - not.length;
    if (not.length > 0) missed.push(`${file}: ${ranges(not)}`);
  }
  const percent = (reached: number, all: number) => `${(100 * reached / all).toFixed(1)} %`;
  const total = { reached: 0, all: 0 };
  for (const { reached, all } of folders.values()) {
    total.reached += reached;
    total.all += all;
  }
  return [
    "Lines that no test reaches:",
    ...missed.map((line) => `  ${line}`),
    "",
    ...[...folders].map(([folder, { reached, all }]) => `${folder}: ${percent(reached, all)} of ${all} lines`),
    `all: ${percent(total.reached, total.all)} of ${total.all} lines`,
  ].join("\n");
}

function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => first === last ? `${first}` : `${first}-${last}`).join(", ");
}
