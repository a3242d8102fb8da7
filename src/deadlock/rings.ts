/**
 * Rings of tasks that wait for one another.
 *
 * @module
 */
import type { AnyTask } from "../core/contract.ts";
import { componentsOf, type Edges } from "./components.ts";
import { type Needs, needsOf } from "./needs.ts";

/** Tasks none of which can go on before another of them does. */
export interface Ring {
  /** One way around, each waiting for the next and the last for the first. */
  readonly tasks: readonly AnyTask[];
  /** All that belong together so: several ways around may cross. */
  readonly members: ReadonlySet<AnyTask>;
  /** Whether it is certain that only they can wake one another: no lock that others may release, no async function that may await the host. */
  readonly isCertain: boolean;
}

/** Who waits for whom at one moment. */
export class WaitGraph {
  /** What each task needs that needs other tasks. */
  readonly #needs = new Map<AnyTask, Needs>();
  /** The rings, in the order in which their first tasks were made. */
  readonly rings: readonly Ring[];

  constructor(tasks: Iterable<AnyTask>) {
    for (const task of tasks) {
      const needs = needsOf(task);
      if (needs.tasks.length > 0) this.#needs.set(task, needs);
    }
    this.rings = this.#needs.size === 0 ? [] : this.#find();
  }

  /** The tasks that a task needs, all of them; empty if something else may wake it. */
  neededBy(task: AnyTask): readonly AnyTask[] {
    return this.#needs.get(task)?.tasks ?? [];
  }

  /** Whether what a task waits for is a lock that one of those holds. */
  needsLock(task: AnyTask): boolean {
    return this.#needs.get(task)?.byLock === true;
  }

  /** The ring that a task waits for in the end, or is in; null if there is none. */
  ringBehind(task: AnyTask): Ring | null {
    const seen = new Set([task]);
    for (const next of seen) {
      const ring = this.rings.find(({ members }) => members.has(next));
      if (ring !== undefined) return ring;
      for (const needed of this.neededBy(next)) seen.add(needed);
    }
    return null;
  }

  /** The rings, and the tasks in each, in the order in which the tasks were made. */
  #find(): Ring[] {
    const tasks = [...this.#needs.keys()];
    const found = componentsOf(this.#numbered(tasks)).map((members) => members.sort((one, other) => one - other));
    found.sort(([one = 0], [other = 0]) => one - other);
    return found.map((members) => this.#ringOf(new Set(members.map((member) => tasks[member]!))));
  }

  /** Who needs whom, by where they stand in a list. Who needs nothing himself is in no ring, and left out. */
  #numbered(tasks: readonly AnyTask[]): Edges {
    const numbers = new Map<AnyTask, number>();
    for (const task of tasks) numbers.set(task, numbers.size);
    const ends = new Int32Array(tasks.length);
    const targets: number[] = [];
    for (let at = 0; at < tasks.length; at++) {
      for (const needed of this.neededBy(tasks[at]!)) {
        const number = numbers.get(needed);
        if (number !== undefined) targets.push(number);
      }
      ends[at] = targets.length;
    }
    return { ends, targets };
  }

  #ringOf(members: ReadonlySet<AnyTask>): Ring {
    const all = [...members].map((member) => this.#needs.get(member)!);
    return { tasks: this.#wayAround(members), members, isCertain: !all.some((needs) => needs.byLock || needs.byAsync) };
  }

  /** The shortest way from the first of them to itself. */
  #wayAround(members: ReadonlySet<AnyTask>): AnyTask[] {
    const [first] = members as Set<AnyTask>;
    const from = new Map<AnyTask, AnyTask>();
    const reached = [first!];
    for (const task of reached) {
      for (const next of this.neededBy(task)) {
        if (next === first) {
          const way = [task];
          for (let before = task; before !== first;) way.push(before = from.get(before)!);
          return way.reverse();
        }
        if (!members.has(next) || from.has(next)) continue;
        from.set(next, task);
        reached.push(next);
      }
    }
    return [...members];
  }
}
