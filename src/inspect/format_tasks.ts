/**
 * The tree of who waits for whom, as text.
 *
 * @module
 */
import { printable, shownName } from "./printable.ts";
import { shortPlace } from "./short_place.ts";
import type { FrameSnapshot, TaskSnapshot } from "./snapshot.ts";

/** Deeper than this nothing is shown: nobody reads it, and it would not fit. */
const MAX_DEPTH = 500;

/**
 * The tree of the tasks as `python -m asyncio pstree` prints it: `(T)` and the name for a task, below it what it does, and below that the tasks
 * that it waits for. A task that waits for itself, by way of others, is marked.
 */
export function formatTree(tasks: readonly TaskSnapshot[]): string {
  const tree = new Tree(tasks);
  return tree.lines().join("\n");
}

class Tree {
  readonly #tasks: readonly TaskSnapshot[];
  readonly #byId: ReadonlyMap<number, TaskSnapshot>;
  /** What is shown already; a second time it is only named. */
  readonly #shown = new Set<TaskSnapshot>();
  /** The tasks from the root to the line that is being made. */
  readonly #path: TaskSnapshot[] = [];
  readonly #lines: string[] = [];

  constructor(tasks: readonly TaskSnapshot[]) {
    this.#tasks = tasks;
    this.#byId = new Map(tasks.map((task) => [task.id, task]));
  }

  lines(): string[] {
    for (const task of this.#tasks) {
      if (!task.awaitedBy.some((id) => this.#byId.has(id))) this.#root(task);
    }
    // Rings have no root, nor has what hangs on them: each begins with the task that was made first.
    for (const task of this.#tasks) if (!this.#shown.has(task)) this.#root(task);
    return this.#lines;
  }

  #root(task: TaskSnapshot): void {
    this.#task(task, "", true);
  }

  #task(task: TaskSnapshot, indent: string, isLast: boolean): void {
    // Most are shown for the first time; the path is long where tasks wait for one another in a chain.
    const at = this.#shown.has(task) ? this.#path.indexOf(task) : -1;
    const label = `(T) ${shownName(task.name)}${noteOf(task)}`;
    if (at >= 0) {
      const ring = [...this.#path.slice(at), task].map(({ name }) => shownName(name)).join(" → ");
      this.#line(`${label} [cycle: ${ring}]`, indent, isLast);
      return;
    }
    if (this.#shown.has(task) && task.frames.some(hasAwaits)) {
      this.#line(`${label} [see above]`, indent, isLast);
      return;
    }
    this.#shown.add(task);
    this.#line(label, indent, isLast);
    this.#path.push(task);
    this.#frames(task.frames, [], indent + (isLast ? "    " : "│   "), 0);
    this.#path.pop();
  }

  #frames(frames: readonly FrameSnapshot[], awaits: readonly number[], indent: string, depth: number): void {
    const tasks = awaits.flatMap((id) => this.#byId.get(id) ?? []);
    let left = frames.length + tasks.length;
    if (left > 0 && indent.length > 4 * MAX_DEPTH) return this.#line("…", indent, true);
    for (const frame of frames) {
      const isLast = --left === 0;
      const place = frame.place === null ? "" : ` ${printable(shortPlace(frame.place))}`;
      this.#line(` ${shownName(frame.name)}${place}`, indent, isLast);
      this.#frames(frame.inner, frame.awaits, indent + (isLast ? "    " : "│   "), depth + 1);
    }
    for (const task of tasks) this.#task(task, indent, --left === 0);
  }

  #line(label: string, indent: string, isLast: boolean): void {
    this.#lines.push(`${indent}${isLast ? "└── " : "├── "}${label}`);
  }
}

function hasAwaits({ awaits, inner }: FrameSnapshot): boolean {
  return awaits.length > 0 || inner.some(hasAwaits);
}

/** What is out of the ordinary about a task. */
function noteOf({ state, cancelling }: TaskSnapshot): string {
  const notes = [...state === "waiting" ? [] : [state], ...cancelling > 0 ? ["cancelling"] : []];
  return notes.length === 0 ? "" : ` [${notes.join(", ")}]`;
}
