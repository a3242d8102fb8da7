/**
 * What can be granted to a waiting task, each with a count that tells whether a grant was lost.
 *
 * @module
 */
import {
  asCompleted,
  BoundedSemaphore,
  Condition,
  fromPromise,
  getRunningLoop,
  type LazyAwaitable,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  Semaphore,
  StreamReader,
} from "../../mod.ts";

/** One of them, not yet granted. */
export interface Grant {
  /** What the task awaits. */
  wait(): LazyAwaitable<unknown>;
  /** Grants it. */
  grant(): void;
  /** The task has it, and gives it back if that is what one does with it. */
  got(value: unknown): void;
  /** What is wrong after the task has ended, or null. */
  lost(): string | null;
}

const text = new TextEncoder();

function tokens(source: Lock | Semaphore | Condition, take: () => void): Grant {
  take();
  return {
    wait: () => source.acquire(),
    grant: () => source.release(),
    got: (guard) => (guard as Disposable)[Symbol.dispose](),
    lost: () => source.locked() ? `${source} is held for ever` : null,
  };
}

/** Takes what is free, which needs no wait. */
function take(source: Lock | Semaphore | Condition): () => void {
  return () => void (source.acquire() as unknown as Iterable<unknown>)[Symbol.iterator]().next();
}

function getter(queue: Queue<number>): Grant {
  let got = 0;
  return {
    wait: () => queue.get(),
    grant: () => queue.putNowait(1),
    got: () => void got++,
    lost: () => got + queue.qsize() === 1 ? null : `${got} got and ${queue.qsize()} left of one item`,
  };
}

function putter(queue: Queue<number>): Grant {
  queue.putNowait(0);
  let put = 0;
  return {
    wait: () => queue.put(1),
    grant: () => void queue.getNowait(),
    got: () => void put++,
    lost: () => put === queue.qsize() ? null : `${put} put, but ${queue.qsize()} there`,
  };
}

function line(read: (reader: StreamReader) => LazyAwaitable<unknown>): () => Grant {
  return () => {
    const reader = new StreamReader({ loop: getRunningLoop() });
    let got = "";
    return {
      wait: () => read(reader),
      grant: () => reader.feedData(text.encode("line\n")),
      got: (bytes) => void (got += new TextDecoder().decode(bytes as Uint8Array)),
      lost() {
        // What is left is there at once: nothing of it needs a wait.
        const step = (reader.read(100) as unknown as Iterable<unknown>)[Symbol.iterator]().next();
        const left = got !== "" ? "" : step.done ? new TextDecoder().decode(step.value as Uint8Array) : "nothing";
        return got + left === "line\n" ? null : `got ${JSON.stringify(got)}, and ${JSON.stringify(left)} is left`;
      },
    };
  };
}

/** All of them, to be made inside a running loop. */
export const GRANTS: Readonly<Record<string, () => Grant>> = {
  "a lock": () => {
    const lock = new Lock();
    return tokens(lock, take(lock));
  },
  "a semaphore": () => {
    const semaphore = new Semaphore(1);
    return tokens(semaphore, take(semaphore));
  },
  "a bounded semaphore": () => {
    const semaphore = new BoundedSemaphore(1);
    return tokens(semaphore, take(semaphore));
  },
  "a condition's lock": () => {
    const condition = new Condition();
    return tokens(condition, take(condition));
  },
  "an item of a queue": () => getter(new Queue<number>()),
  "an item of a LIFO queue": () => getter(new LifoQueue<number>()),
  "an item of a priority queue": () => getter(new PriorityQueue<number>()),
  "room in a queue": () => putter(new Queue<number>(1)),
  "room in a priority queue": () => putter(new PriorityQueue<number>(1)),
  "the value of a promise": () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    let got = 0;
    let late = 0;
    return {
      wait: () => fromPromise(promise, { onLate: () => void late++ }),
      grant: () => resolve(1),
      got: () => void got++,
      lost: () => got + late === 1 ? null : `got ${got} times, told to onLate ${late} times`,
    };
  },
  "a completed future": () => {
    const future = getRunningLoop().createFuture<number>();
    const completed = asCompleted([future])[Symbol.iterator]();
    const next = () => completed.next().value as LazyAwaitable<number>;
    const first = next();
    let got = 0;
    return {
      wait: () => first,
      grant: () => future.setResult(1),
      got: () => void got++,
      // CPython gives what a cancelled wait had to whoever asks next; here the future itself keeps its result.
      lost: () => future.done() && got <= 1 ? null : `got ${got} times`,
    };
  },
  "bytes by read()": line((reader) => reader.read(100)),
  "bytes by readline()": line((reader) => reader.readline()),
  "bytes by readexactly()": line((reader) => reader.readexactly(5)),
  "bytes by readuntil()": line((reader) => reader.readuntil(text.encode("\n"))),
};
