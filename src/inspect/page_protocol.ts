/**
 * What a page that is open and its loop say to each other.
 *
 * @module
 */

/** The first message to a page. */
export interface PageHello {
  readonly type: "hello";
  /** The form of the messages; 1. */
  readonly version: 1;
  /** The runtime, such as `"deno 2.9.6"`. */
  readonly runtime: string;
  /** The number of the process; null where there is none. */
  readonly pid: number | null;
  /** What no other program has: numbers of processes are used again, and the numbers of tasks mean something within one program alone. */
  readonly program: string;
  /** The loop's readable form. */
  readonly loop: string;
  /** A step of so many milliseconds is a slow one. */
  readonly slow: number;
  /** The loop's clock, in milliseconds. */
  readonly time: number;
}

/** What a task may be about; the last three are ends. */
export const STATES = ["running", "ready", "waiting", "done", "failed", "cancelled"] as const;

/** A task as the page shows it. */
export interface PageTask {
  /** A number of its own. */
  readonly id: number;
  /** Its name. */
  readonly name: string;
  /** The name of its coroutine. */
  readonly coroutine: string;
  /** What it is about. */
  readonly state: (typeof STATES)[number];
  /** What it waits for, in words; null if it does not wait. */
  readonly waitsFor: string | null;
  /** Until when it sleeps, on the loop's clock; null if that has no end, or it waits for something else than time. */
  readonly until: number | null;
  /** Since when, on the loop's clock; null if that was before anybody looked. */
  readonly since: number | null;
  /** Where it was made; null unless debug mode has kept that. */
  readonly made: string | null;
  /** When it was made, on the loop's clock; null if that was before anybody looked. */
  readonly born: number | null;
  /** When it has ended; null if it has not. */
  readonly ended: number | null;
  /** The task that waits for it, or else the one that has made it; null for neither. */
  readonly parent: number | null;
  /** How many cancels were asked for. */
  readonly cancelling: number;
  /** How many steps it has taken, and for how many milliseconds, since somebody looks. */
  readonly steps: number;
  readonly ran: number;
}

/** How much of everything there is, and has been since somebody looks. */
export interface PageCounters {
  readonly tasks: number;
  readonly ready: number;
  readonly timers: number;
  readonly sockets: number;
  readonly received: number;
  readonly sent: number;
  readonly steps: number;
  readonly callbacks: number;
  readonly iterations: number;
  /** By how they have ended. */
  readonly requests: Readonly<Record<string, number>>;
}

/** What has changed since the message before. */
export interface PageUpdate {
  readonly type: "update";
  /** The loop's clock, in milliseconds. */
  readonly time: number;
  /** Whether everything the page knows is to be forgotten first. */
  readonly full: boolean;
  readonly counters: PageCounters;
  /** The longest that a timer or a step has kept the loop since the message before, in milliseconds. */
  readonly lag: number;
  /** The tasks that are new, have changed, or have ended. */
  readonly tasks: readonly PageTask[];
  /**
   * Tasks that are known already and of which nothing but these has changed, six numbers each: the id, the place of the state in {@linkcode STATES},
   * since when it waits or when it has ended, or -1 if that is not known, until when it sleeps or -1, its steps, and for how long it has run. Times are hundredths of
   * milliseconds, since whole numbers are written much faster.
   */
  readonly ticks: readonly number[];
  /** The steps, three numbers each: the id of the task, when it began and when it ended. Those that follow closely are told as one. */
  readonly spans: readonly number[];
  /** How many steps are left out, since there were too many. */
  readonly omitted: number;
}

/** The loop ends; nothing follows. */
export interface PageEnd {
  readonly type: "end";
}

/** What the loop tells a page. */
export type PageMessage = PageHello | PageUpdate | PageEnd;

/** What a page asks of the loop. */
export type PageCommand =
  | { readonly type: "cancel"; readonly id: number }
  /** These tasks are in sight: they are told first, for there may be more than are told at once. */
  | { readonly type: "look"; readonly ids: readonly number[] }
  | { readonly type: "pause" }
  | { readonly type: "resume" };

/** No screen has more lines than so many. */
const MOST_IN_SIGHT = 500;

/**
 * Reads what a page has sent.
 *
 * @throws {TypeError} if that is no command
 */
export function readCommand(text: string): PageCommand {
  let command: { type?: unknown; id?: unknown; ids?: unknown } | null;
  try {
    command = JSON.parse(text);
  } catch {
    command = null;
  }
  const { type, id, ids } = Object(command) as { type?: unknown; id?: unknown; ids?: unknown };
  if (type === "pause" || type === "resume") return { type };
  if (type === "cancel" && isId(id)) return { type, id };
  if (type === "look" && Array.isArray(ids) && ids.length <= MOST_IN_SIGHT && ids.every(isId)) return { type, ids };
  throw new TypeError(
    `Cannot do what the page asks, ${
      JSON.stringify(text.slice(0, 80))
    }: it is a pause, a resume, a cancel with an id, or a look with ids.`,
  );
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
