/**
 * Scopes that end by themselves, with a result or an error, when an event is set: the same in both forms.
 *
 * @module
 */
import {
  asCompleted,
  type Coroutine,
  createTask,
  type Event,
  forEach,
  fromPromise,
  gather,
  shield,
  sleep,
  taskGroup,
  timeout,
  use,
  wait,
  waitFor,
} from "../../mod.ts";

/** A scope in both forms; the generator is what CPython does. */
export interface Ending {
  readonly name: string;
  asynchronous(go: Event): Promise<unknown>;
  generator(go: Event): Coroutine<unknown>;
  /** It ends when the host has come by, which is no moment of the loop. */
  readonly host?: true;
}

const LONG = 1_000;

/** What they fail with. */
export class Failure extends Error {}

/** Throws it. */
export function fail(message: string): never {
  throw new Failure(message);
}

function* failing(go: Event): Coroutine<never> {
  yield* go.wait();
  throw new Failure("own");
}

async function failingAsync(go: Event): Promise<never> {
  await go.wait();
  throw new Failure("own");
}

function* badCleanup(): Coroutine<void> {
  try {
    yield* sleep(LONG);
  } finally {
    fail("cleanup");
  }
}

async function badCleanupAsync(): Promise<void> {
  try {
    await sleep(LONG);
  } finally {
    fail("cleanup");
  }
}

const badResource = {
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.reject(new Failure("closing"));
  },
};

/** All of them. */
export const ENDINGS: readonly Ending[] = [
  {
    name: "a timeout whose body fails",
    asynchronous: async (go) => await timeout(LONG, () => failingAsync(go)),
    *generator(go) {
      yield* timeout(LONG, () => failing(go));
    },
  },
  {
    name: "a timeout whose body returns",
    asynchronous: async (go) => await timeout(LONG, async () => await go.wait()),
    *generator(go) {
      yield* timeout(LONG, () => go.wait());
    },
  },
  {
    name: "a timeout whose body fails in its cleanup",
    asynchronous: async () => await timeout(LONG, badCleanupAsync),
    *generator() {
      yield* timeout(LONG, badCleanup);
    },
  },
  {
    name: "a group with a child that fails",
    asynchronous: async (go) =>
      await taskGroup(async (group) => {
        group.createTask(() => failingAsync(go));
        await sleep(LONG);
      }),
    *generator(go) {
      yield* taskGroup(function* (group) {
        group.createTask(failing(go));
        yield* sleep(LONG);
      });
    },
  },
  {
    name: "a group whose body has ended, with a child that fails",
    asynchronous: async (go) =>
      await taskGroup(async (group) => {
        group.createTask(() => failingAsync(go));
        await sleep(0);
      }),
    *generator(go) {
      yield* taskGroup(function* (group) {
        group.createTask(failing(go));
        yield* sleep(0);
      });
    },
  },
  {
    name: "a group whose body fails",
    asynchronous: async (go) =>
      await taskGroup(async (group) => {
        group.createTask(sleep(LONG));
        await failingAsync(go);
      }),
    *generator(go) {
      yield* taskGroup(function* (group) {
        group.createTask(sleep(LONG));
        yield* failing(go);
      });
    },
  },
  {
    name: "a group with a child whose cleanup fails",
    asynchronous: async () =>
      await taskGroup(async (group) => {
        group.createTask(badCleanupAsync);
        await sleep(LONG);
      }),
    *generator() {
      yield* taskGroup(function* (group) {
        group.createTask(badCleanup());
        yield* sleep(LONG);
      });
    },
  },
  {
    name: "a timeout around a group with a child whose cleanup fails",
    asynchronous: async () =>
      await timeout(LONG, async () =>
        await taskGroup(async (group) => {
          group.createTask(badCleanupAsync);
          await sleep(LONG);
        })),
    *generator() {
      yield* timeout(LONG, () =>
        taskGroup(function* (group) {
          group.createTask(badCleanup());
          yield* sleep(LONG);
        }));
    },
  },
  {
    name: "a group whose child ends",
    asynchronous: async (go) =>
      await taskGroup(async (group) => {
        group.createTask(go.wait());
        await null;
      }),
    *generator(go) {
      yield* taskGroup(function* (group) {
        group.createTask(go.wait());
      });
    },
  },
  {
    name: "a group that is cancelled",
    asynchronous: async (go) =>
      await taskGroup(async (group) => {
        group.createTask(async () => {
          await go.wait();
          group.cancel();
        });
        await sleep(LONG);
      }),
    *generator(go) {
      yield* taskGroup(function* (group) {
        group.createTask(function* () {
          yield* go.wait();
          group.cancel();
        });
        yield* sleep(LONG);
      });
    },
  },
  {
    name: "waitFor()",
    asynchronous: async (go) => await waitFor(go.wait(), LONG),
    *generator(go) {
      yield* waitFor(go.wait(), LONG);
    },
  },
  {
    name: "use() whose body fails",
    asynchronous: async (go) => await use(null, () => failingAsync(go)),
    *generator(go) {
      yield* use(null, () => failing(go));
    },
  },
  {
    name: "use() of a resource that cannot be closed",
    asynchronous: async (go) => await use(badResource, async () => await go.wait()),
    *generator(go) {
      yield* use(badResource, () => go.wait());
    },
  },
  {
    name: "a function of one's own that fails",
    asynchronous: (go) => failingAsync(go),
    generator: failing,
  },
  {
    name: "gather() of which one fails",
    asynchronous: async (go) => await gather(createTask(() => failingAsync(go)), sleep(LONG)),
    *generator(go) {
      yield* gather(createTask(failing(go)), sleep(LONG));
    },
  },
  {
    name: "a task that fails",
    asynchronous: async (go) => await createTask(() => failingAsync(go)),
    *generator(go) {
      yield* createTask(failing(go));
    },
  },
  {
    name: "shield() of a task that fails",
    asynchronous: async (go) => await shield(createTask(() => failingAsync(go))),
    *generator(go) {
      yield* shield(createTask(failing(go)));
    },
  },
  {
    name: "wait() for a task that fails",
    asynchronous: async (go) => await wait([createTask(() => failingAsync(go))]),
    *generator(go) {
      yield* wait([createTask(failing(go))]);
    },
  },
  {
    name: "asCompleted() of a task that fails",
    async asynchronous(go) {
      for (const next of asCompleted([createTask(() => failingAsync(go))])) await next;
    },
    *generator(go) {
      for (const next of asCompleted([createTask(failing(go))])) yield* next;
    },
  },
  {
    name: "forEach() whose body fails",
    asynchronous: async (go) => await forEach([1], () => failingAsync(go)),
    *generator(go) {
      yield* forEach([1], () => failing(go));
    },
  },
  {
    name: "fromPromise() of what rejects",
    host: true,
    asynchronous: async (go) => await fromPromise(createTask(failing(go)).then()),
    *generator(go) {
      yield* fromPromise(createTask(failing(go)).then());
    },
  },
];
