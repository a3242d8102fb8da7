/**
 * What the tasks of a random program share, each with a count that must be right in the end.
 *
 * @module
 */
import { Condition, type Coroutine, Event, Lock, Queue, Semaphore } from "../../../mod.ts";
import type { Frame } from "./frame.ts";
import type { World } from "./world.ts";

/** Something held by so many at a time. */
export class Tokens {
  readonly name: string;
  readonly source: Lock | Semaphore | Condition;
  readonly #capacity: number;
  readonly #world: World;
  #held = 0;
  waiting = 0;

  constructor(world: World, name: string, source: Lock | Semaphore | Condition, capacity: number) {
    this.#world = world;
    this.name = name;
    this.source = source;
    this.#capacity = capacity;
  }

  enter(frame: Frame): void {
    this.#held++;
    this.#world.note(frame, `holds ${this.name}`);
    if (this.#held > this.#capacity) this.#world.problem(`${this.#held} hold ${this.name} at a time`);
  }

  leave(frame: Frame): void {
    this.#held--;
    this.#world.note(frame, `gives back ${this.name}`);
  }

  /** Nobody may wait beside a token that is free. */
  checkIdle(): void {
    if (this.waiting > 0 && !this.source.locked()) {
      this.#world.problem(`${this.waiting} wait for ${this.name}, which is free: ${this.source}`);
    }
  }

  /** All tokens are back. */
  checkEnd(): void {
    if (this.#held !== 0) this.#world.problem(`${this.name} is held by ${this.#held} in the end`);
    for (let i = 0; i < this.#capacity; i++) {
      if (this.source.locked()) {
        return this.#world.problem(`only ${i} of ${this.#capacity} tokens of ${this.name} are back: ${this.source}`);
      }
      // It is free, so this ends at once, with no task and no loop.
      const step = (this.source.acquire() as unknown as Coroutine<unknown>)[Symbol.iterator]().next();
      if (!step.done) return this.#world.problem(`${this.name} cannot be acquired in the end: ${this.source}`);
    }
    if (!this.source.locked()) this.#world.problem(`${this.name} has more tokens than ${this.#capacity}`);
  }
}

/** A queue whose items are counted: what was put is got once, or left. */
export class Items {
  readonly name: string;
  readonly queue: Queue<number>;
  readonly #world: World;
  readonly #put = new Set<number>();
  readonly #got = new Set<number>();
  getting = 0;
  putting = 0;
  #next = 0;

  constructor(world: World, name: string, size: number) {
    this.#world = world;
    this.name = name;
    this.queue = new Queue<number>(size);
  }

  /** A new item, not yet in the queue. */
  make(): number {
    return this.#next++;
  }

  put(frame: Frame, item: number): void {
    this.#put.add(item);
    this.#world.note(frame, `put ${item} in ${this.name}`);
  }

  got(frame: Frame, item: number): void {
    this.#world.note(frame, `got ${item} from ${this.name}`);
    if (this.#got.has(item)) this.#world.problem(`item ${item} of ${this.name} was got twice`);
    this.#got.add(item);
  }

  checkIdle(): void {
    if (this.getting > 0 && !this.queue.empty()) {
      this.#world.problem(`${this.getting} wait for items of ${this.name}, which holds ${this.queue.qsize()}`);
    }
    if (this.putting > 0 && !this.queue.full()) {
      this.#world.problem(`${this.putting} wait for room in ${this.name}, which holds ${this.queue.qsize()}`);
    }
  }

  checkEnd(): void {
    while (!this.queue.empty()) {
      const item = this.queue.getNowait();
      if (this.#got.has(item)) this.#world.problem(`item ${item} of ${this.name} was got and is still there`);
      this.#got.add(item);
    }
    for (const item of this.#put) {
      if (!this.#got.has(item)) this.#world.problem(`item ${item} of ${this.name} is lost`);
    }
    for (const item of this.#got) {
      if (!this.#put.has(item)) this.#world.problem(`item ${item} of ${this.name} is there, though put() threw`);
    }
  }
}

/** A count under a condition: who takes one waits until there is one. */
export class Store {
  readonly name: string;
  readonly condition: Condition = new Condition();
  readonly tokens: Tokens;
  readonly #world: World;
  #available = 0;
  waiting = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.tokens = new Tokens(world, `the lock of ${name}`, this.condition, 1);
  }

  isEmpty(): boolean {
    return this.#available === 0;
  }

  add(frame: Frame): void {
    this.#available++;
    this.#world.note(frame, `adds to ${this.name}`);
  }

  take(frame: Frame): void {
    this.#available--;
    this.#world.note(frame, `takes from ${this.name}`);
    if (this.#available < 0) this.#world.problem(`${this.name} has ${this.#available}`);
  }

  /** A notification that went to a cancelled waiter must reach another. */
  checkIdle(): void {
    if (this.waiting > 0 && this.#available > 0) {
      this.#world.problem(
        `${this.waiting} wait at ${this.name}, though it has ${this.#available}: a notification is lost`,
      );
    }
    this.tokens.checkIdle();
  }

  checkEnd(): void {
    this.tokens.checkEnd();
  }
}

/** All of a program. */
export class Shared {
  readonly lock: Tokens;
  readonly semaphore: Tokens;
  readonly queue: Items;
  readonly store: Store;
  readonly event: Event = new Event();

  constructor(world: World) {
    this.lock = new Tokens(world, "lock", new Lock(), 1);
    this.semaphore = new Tokens(world, "semaphore", new Semaphore(2), 2);
    this.queue = new Items(world, "queue", 2);
    this.store = new Store(world, "store");
  }

  /** When nothing moves any more and the tasks still wait. */
  checkIdle(): void {
    for (const each of [this.lock, this.semaphore, this.queue, this.store]) each.checkIdle();
  }

  /** When the run is over. */
  checkEnd(): void {
    for (const each of [this.lock, this.semaphore, this.queue, this.store]) each.checkEnd();
  }
}
