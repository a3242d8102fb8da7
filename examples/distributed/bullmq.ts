/**
 * BullMQ, and the part of it that is used here. The example is checked and read without the package; `npm install` in this folder brings it.
 *
 * @module
 */

/** Where Redis is. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  /** Null, which BullMQ asks for: a worker waits for Redis for ever. */
  readonly maxRetriesPerRequest: null;
  /** Milliseconds before a lost connection is tried again, after so many times; null to give it up. */
  readonly retryStrategy?: (times: number) => number | null;
}

/** A call as it lies in Redis. */
export interface JobData {
  /** The module, as a path below the root that every worker has. */
  readonly module: string;
  /** Its arguments, as JSON knows them. */
  readonly args: readonly unknown[];
}

/** A job of a queue; its name is that of the function. */
export interface Job {
  readonly id?: string;
  readonly name: string;
  readonly data: JobData;
  /** How often it was begun before. */
  readonly attemptsMade: number;
  readonly failedReason?: string;
  readonly stacktrace: readonly string[] | null;
  updateProgress(value: unknown): Promise<void>;
  remove(): Promise<void>;
}

/** How a job is added. */
export interface JobOptions {
  readonly jobId: string;
  readonly attempts: number;
  readonly backoff: { readonly type: "exponential"; readonly delay: number };
  readonly removeOnComplete: boolean;
  readonly removeOnFail: { readonly age: number };
}

/** The side that adds. */
export interface Queue {
  on(event: "error", listener: (error: Error) => void): void;
  add(name: string, data: JobData, options: JobOptions): Promise<Job>;
  getJob(id: string): Promise<Job | undefined>;
  close(): Promise<void>;
}

/** What happens to the jobs of a queue. */
export interface QueueEvents {
  on(event: "completed", listener: (event: { readonly jobId: string; readonly returnvalue: unknown }) => void): void;
  on(event: "failed", listener: (event: { readonly jobId: string; readonly failedReason: string }) => void): void;
  on(event: "progress", listener: (event: { readonly jobId: string; readonly data: unknown }) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

/** The side that takes. */
export interface Worker {
  on(event: "error", listener: (error: Error) => void): void;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

/** How a worker takes jobs. */
export interface WorkerOptions {
  readonly connection: Connection;
  readonly concurrency: number;
  readonly lockDuration: number;
  readonly stalledInterval: number;
}

interface Bullmq {
  readonly Queue: new (name: string, options: { readonly connection: Connection }) => Queue;
  readonly QueueEvents: new (
    name: string,
    options: { readonly connection: Connection; readonly lastEventId: string },
  ) => QueueEvents;
  readonly Worker: new (name: string, work: (job: Job) => Promise<unknown>, options: WorkerOptions) => Worker;
  readonly UnrecoverableError: new (message: string) => Error;
}

/** A connection of `ioredis`, which BullMQ uses. */
export interface Redis {
  publish(channel: string, message: string): Promise<number>;
  subscribe(channel: string): Promise<unknown>;
  on(event: "message", listener: (channel: string, message: string) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  disconnect(): void;
}

interface Ioredis {
  readonly Redis: new (options: Connection) => Redis;
}

/** Said as texts, so that nobody looks for the packages before the example is run. */
const [bullmq, ioredis]: readonly string[] = ["bullmq", "ioredis"];

/** The classes of BullMQ. */
export const { Queue, QueueEvents, Worker, UnrecoverableError }: Bullmq = await import(bullmq as string);

/** The class of connections. */
export const { Redis }: Ioredis = await import(ioredis as string);

/** Where Redis is: what REDIS_URL says, or the usual place on this machine. */
export function connectionFrom(url = "redis://127.0.0.1:6379"): Connection {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || 6379), maxRetriesPerRequest: null };
}

/** The same, given up when it is lost at a time at which nobody needs it: what waits for Redis then fails instead of waiting for ever. */
export function whileNeeded(connection: Connection, isNeeded: () => boolean): Connection {
  return { ...connection, retryStrategy: (times) => isNeeded() ? Math.min(100 * times, 2_000) : null };
}

let complaint = "";

/** Says what is wrong with Redis, once and not at every attempt. */
export function complain(error: Error): void {
  const text = `Redis: ${error.message}`;
  if (text === complaint) return;
  complaint = text;
  console.error(text);
}

/** The channel on which callers say which job they do not want any more. */
export function cancelChannel(queue: string): string {
  return `${queue}:cancel`;
}
