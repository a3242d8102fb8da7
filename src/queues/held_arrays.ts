/**
 * Which arrays can be compared with all those that a priority queue holds.
 *
 * @module
 */
import { notOrdered } from "./order.ts";

/** The next in line is an array: the same for all arrays, whose elements follow. */
const BEGIN = Symbol("begin");
/** The array inside another ends. A shorter one comes first, so this has a place beside anything. */
const END = Symbol("end");
/** The whole array ends. */
const OVER = Symbol("over");

type Kind = "number" | "string" | "array" | "none";

/**
 * The arrays of a priority queue, by their beginnings. A heap compares only some of its items when one is put in, and
 * others later: two that have no order would stay unnoticed until taking any item out fails, for ever. Here each array
 * goes down a tree of elements, one branch for every beginning that several of them share. All that can follow there
 * must have an order, so two that differ do so in numbers, in strings or in length.
 *
 * An array goes no further down than to the place where it is the only one, so what stands behind that is never looked
 * at. It remembers its place: it is found again even if somebody changed its elements meanwhile.
 */
export class HeldArrays {
  readonly #root = new Branch(null, BEGIN);
  readonly #entries = new Map<readonly unknown[], Entry>();

  /**
   * Adds an array. The same one may be added several times.
   *
   * @throws {TypeError} if it cannot be compared with each that is there; nothing is added then
   */
  add(array: readonly unknown[]): void {
    const held = this.#entries.get(array);
    if (held !== undefined) {
      held.times++;
      return;
    }
    const entry = new Entry(array, this.#root);
    let next: Branch | Entry | undefined = this.#root;
    while (next !== undefined) {
      entry.branch = next instanceof Branch ? next : next.grow();
      entry.advance();
      next = entry.branch.childFor(entry);
    }
    entry.branch.attach(entry);
    this.#entries.set(array, entry);
  }

  /** Removes an array that was added, once. */
  remove(array: readonly unknown[]): void {
    const entry = this.#entries.get(array);
    if (entry === undefined || --entry.times > 0) return;
    this.#entries.delete(array);
    entry.branch.detach(entry);
    for (let branch: Branch | null = entry.branch; branch !== null;) branch = branch.prune();
  }
}

/** A beginning that several arrays share, or shared. */
class Branch {
  readonly #parent: Branch | null;
  readonly #key: unknown;
  readonly #children = new Map<unknown, Branch | Entry>();
  /** What the children are, but for END. */
  #kind: Kind = "none";
  /** How many arrays are just this beginning, with nothing behind it. */
  #complete = 0;

  constructor(parent: Branch | null, key: unknown) {
    this.#parent = parent;
    this.#key = key;
  }

  /** What is there already for the next element of an array; refuses it if it has no order among the others. */
  childFor(entry: Entry): Branch | Entry | undefined {
    const { key, kind } = entry;
    if (key === OVER) return undefined;
    const child = this.#children.get(key);
    if (key === END || !this.#hasElements()) return child;
    if (kind !== this.#kind || kind === "none" && (child === undefined || key !== key)) {
      throw notOrdered(sample(key), this.#sample());
    }
    return child;
  }

  attach(entry: Entry): void {
    if (entry.key === OVER) this.#complete++;
    else this.set(entry.key, entry.kind, entry);
  }

  set(key: unknown, kind: Kind, child: Branch | Entry): void {
    if (key !== END) this.#kind = kind;
    this.#children.set(key, child);
  }

  detach(entry: Entry): void {
    if (entry.key === OVER) this.#complete--;
    else this.#children.delete(entry.key);
  }

  /** Leaves the tree if it is empty; gives the branch that may be empty then. */
  prune(): Branch | null {
    if (this.#parent === null || this.#complete > 0 || this.#children.size > 0) return null;
    this.#parent.#children.delete(this.#key);
    return this.#parent;
  }

  #hasElements(): boolean {
    return this.#children.size > (this.#children.has(END) ? 1 : 0);
  }

  /** One of the elements, for messages. */
  #sample(): unknown {
    for (const key of this.#children.keys()) if (key !== END) return sample(key);
  }
}

interface Frame {
  readonly array: readonly unknown[];
  readonly index: number;
  readonly outer: Frame | null;
}

/** An array, and how far down it went. */
class Entry {
  times = 1;
  branch: Branch;
  /** The element that it has in its branch, or a mark; equal ones have the same. */
  key: unknown = BEGIN;
  kind: Kind = "array";
  #array: readonly unknown[];
  #index = 0;
  #outer: Frame | null = null;

  constructor(array: readonly unknown[], branch: Branch) {
    this.#array = array;
    this.branch = branch;
  }

  /** Goes to the next element, into the arrays inside and out again. */
  advance(): void {
    if (this.#index < this.#array.length) {
      const value = this.#array[this.#index++];
      if (Array.isArray(value) && !this.#isInside(value)) {
        this.#outer = { array: this.#array, index: this.#index, outer: this.#outer };
        this.#array = value;
        this.#index = 0;
        this.key = BEGIN;
        this.kind = "array";
      } else {
        this.kind = kindOf(value);
        this.key = typeof value === "bigint" && Number(value) == value as unknown ? Number(value) : value;
      }
    } else if (this.#outer !== null) {
      this.#array = this.#outer.array;
      this.#index = this.#outer.index;
      this.#outer = this.#outer.outer;
      this.key = END;
    } else {
      this.key = OVER;
    }
  }

  /** Makes a branch of its place, one element further down, for another array has the same beginning. */
  grow(): Branch {
    const branch = new Branch(this.branch, this.key);
    this.branch.set(this.key, this.kind, branch);
    this.branch = branch;
    this.advance();
    branch.attach(this);
    return branch;
  }

  /** An array that contains itself would have no end: the inner one counts as a thing that equals only itself. */
  #isInside(array: readonly unknown[]): boolean {
    if (array === this.#array) return true;
    for (let frame = this.#outer; frame !== null; frame = frame.outer) if (frame.array === array) return true;
    return false;
  }
}

function kindOf(value: unknown): Kind {
  if (typeof value === "string") return "string";
  if (typeof value === "bigint") return "number";
  return typeof value === "number" && value === value ? "number" : "none";
}

function sample(key: unknown): unknown {
  return key === BEGIN ? [] : key;
}
