/**
 * Rings of tasks that wait for one another.
 *
 * @module
 */
import type { AnyTask } from "../core/contract.ts";
import { type Needs, needsOf } from "./needs.ts";

/** How often tasks are sorted out that only lead to the end of a chain. */
const PASSES = 2;

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
    const found = this.#needs.size === 0 ? [] : this.#find();
    this.rings = found.length === 0 ? [] : this.#ordered(found);
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

  /** The tasks that may be in a ring: what they need needs something as well. Most chains are short, and fall out here. */
  #candidates(): Iterable<AnyTask> {
    let left: Pick<Map<AnyTask, unknown>, "has" | "size" | "keys"> = this.#needs;
    for (let pass = 0; pass < PASSES && left.size > 0; pass++) {
      const before = left;
      const next = new Set<AnyTask>();
      for (const task of before.keys()) if (this.neededBy(task).some((needed) => before.has(needed))) next.add(task);
      left = next;
      if (next.size === before.size) break;
    }
    return left.keys();
  }

  /** The strongly connected components, by Tarjan's algorithm; without recursion, for chains of 100,000 tasks exist. */
  #find(): ReadonlySet<AnyTask>[] {
    const index = new Map<AnyTask, number>();
    const low = new Map<AnyTask, number>();
    const open: AnyTask[] = [];
    const isOpen = new Set<AnyTask>();
    const found: ReadonlySet<AnyTask>[] = [];
    const enter = (task: AnyTask) => {
      index.set(task, index.size);
      low.set(task, index.size - 1);
      open.push(task);
      isOpen.add(task);
      return { task, left: this.neededBy(task).values() };
    };
    const lower = (task: AnyTask, to: number) => low.set(task, Math.min(low.get(task)!, to));
    for (const start of this.#candidates()) {
      if (index.has(start)) continue;
      const path = [enter(start)];
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const { done, value: next } = top.left.next();
        if (!done) {
          if (!index.has(next)) path.push(enter(next));
          else if (isOpen.has(next)) lower(top.task, index.get(next)!);
          continue;
        }
        path.pop();
        const below = path.at(-1);
        if (below !== undefined) lower(below.task, low.get(top.task)!);
        if (low.get(top.task) !== index.get(top.task)) continue;
        const members = new Set(open.splice(open.lastIndexOf(top.task)));
        for (const member of members) isOpen.delete(member);
        if (members.size > 1 || this.neededBy(top.task).includes(top.task)) found.push(members);
      }
    }
    return found;
  }

  /** The rings, and the tasks in each, in the order in which the tasks were made. */
  #ordered(found: readonly ReadonlySet<AnyTask>[]): Ring[] {
    const ringOf = new Map<AnyTask, Set<AnyTask>>();
    for (const members of found) {
      const ordered = new Set<AnyTask>();
      for (const member of members) ringOf.set(member, ordered);
    }
    for (const task of this.#needs.keys()) ringOf.get(task)?.add(task);
    const all = new Set<Set<AnyTask>>();
    for (const task of this.#needs.keys()) {
      const ring = ringOf.get(task);
      if (ring !== undefined) all.add(ring);
    }
    return [...all].map((members) => this.#ringOf(members));
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
          for (let before = task; before !== first;) way.unshift(before = from.get(before)!);
          return way;
        }
        if (!members.has(next) || from.has(next)) continue;
        from.set(next, task);
        reached.push(next);
      }
    }
    return [...members];
  }
}
