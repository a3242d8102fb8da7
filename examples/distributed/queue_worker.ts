/**
 * What takes calls out of a queue and makes them on a loop.
 *
 * @module
 */
import {
  CancelledError,
  type ConcurrentFuture,
  ContextVar,
  type Coroutine,
  coroutine,
  createTask,
  fromPromise,
  gather,
  getRunningLoop,
  isCoroutine,
  runCoroutineThreadsafe,
  sleep,
  timeout,
  TimeoutError,
  wrapFuture,
} from "@loop/asyncio";
import {
  cancelChannel,
  complain,
  type Connection,
  type Job,
  Redis,
  UnrecoverableError,
  whileNeeded,
  Worker,
} from "./bullmq.ts";

/** How {@linkcode serveQueue} takes calls. */
export interface ServeQueueOptions {
  /** Where Redis is. */
  readonly connection: Connection;
  /** The queue's name. */
  readonly queue: string;
  /** The folder that holds the modules. */
  readonly root: URL;
  /**
   * The modules whose functions may be called, as paths below the root, such as `"functions.ts"`. No other is loaded, whatever a job asks
   * for: who can write to Redis would choose else what is run here, for to load a module is to run it.
   */
  readonly modules: readonly string[];
  /** How many calls run at once; 10 by default: they are tasks of one loop, and what computes for long holds up the others. */
  readonly concurrency?: number;
  /** Milliseconds after which a worker that is not heard of counts as gone, and its jobs run elsewhere; 30,000 by default. */
  readonly patience?: number;
}

/** Milliseconds for taking leave of Redis once no call runs. */
const LEAVE = 2_000;

/** The job that the running function is the call of. */
const currentJob = new ContextVar<Job>("currentJob");

/** Tells whoever waits for the running call how far it is: any value that JSON knows. */
export const progress = coroutine(function* progress(value: unknown): Coroutine<void> {
  yield* fromPromise(currentJob.get().updateProgress(value));
});

/** How often the running call was made before, and failed. */
export function failures(): number {
  return currentJob.get().attemptsMade;
}

/** Serves a queue until it is cancelled; the calls that run then are waited for. */
export function* serveQueue(options: ServeQueueOptions): Coroutine<void> {
  const { queue, root, concurrency = 10, patience = 30_000 } = options;
  const modules = new Map(options.modules.map((path) => [path, new URL(path, root)]));
  const loop = getRunningLoop();
  const running = new Map<string, ConcurrentFuture<unknown>>();
  let ending = false;
  const connection = whileNeeded(options.connection, () => !ending || running.size > 0);

  const work = async (job: Job): Promise<unknown> => {
    const id = job.id as string;
    const future = runCoroutineThreadsafe(() => perform(job, modules), loop);
    running.set(id, future);
    try {
      return await future;
    } catch (error) {
      // Whoever cancelled does not want it made again.
      if (error instanceof CancelledError) throw new UnrecoverableError(`Cancelled: ${error.message}`);
      throw error;
    } finally {
      running.delete(id);
    }
  };

  const subscriber = new Redis(connection);
  subscriber.on("error", complain);
  yield* fromPromise(subscriber.subscribe(cancelChannel(queue)));
  subscriber.on("message", (_channel, id) => running.get(id)?.cancel("The caller has cancelled it."));
  const worker = new Worker(queue, work, {
    connection,
    concurrency,
    lockDuration: patience,
    stalledInterval: patience,
  });
  worker.on("error", complain);
  try {
    yield* fromPromise(worker.waitUntilReady());
    console.log("Ready.");
    yield* sleep(Infinity);
  } finally {
    ending = true;
    yield* leave(worker.close(), [...running.values()]);
    subscriber.disconnect();
  }
}

/** Waits for the calls that run, and then for Redis, but not for long: if it is gone, BullMQ would wait until it is back. */
function* leave(closed: Promise<void>, calls: ConcurrentFuture<unknown>[]): Coroutine<void> {
  yield* gather(calls.map((call) => wrapFuture(call)), { returnExceptions: true });
  try {
    yield* timeout(LEAVE, () => fromPromise(closed));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
  }
}

/** Makes the call in a task, in whose context the job is found. */
async function perform(job: Job, modules: ReadonlyMap<string, URL>): Promise<unknown> {
  currentJob.set(job);
  const url = modules.get(job.data.module);
  if (url === undefined) {
    throw new UnrecoverableError(
      `Cannot load ${job.data.module}: it is not one of the modules of this worker, ${[...modules.keys()].join(", ")}.`,
    );
  }
  const module = await import(url.href) as Readonly<Record<string, unknown>>;
  const fn = module[job.name];
  if (typeof fn !== "function") {
    throw new UnrecoverableError(`Cannot call ${job.name}() of ${url}: there is no such function.`);
  }
  const made: unknown = fn(...job.data.args);
  return isCoroutine(made) ? await createTask(made) : await made;
}
