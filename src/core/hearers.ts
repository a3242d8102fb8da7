/**
 * Who hears of what.
 *
 * @module
 */
import type { Instrument, InstrumentHooks } from "./instruments.ts";

const asyncFunctions = Object.getPrototypeOf(async () => {}) as object;

function isAsyncFunction(hook: object): boolean {
  return Object.getPrototypeOf(hook) === asyncFunctions;
}

type Event = keyof InstrumentHooks;

/** One method of an instrument. */
export interface Hearer {
  readonly instrument: Instrument;
  readonly event: Event;
  readonly call: (a: unknown, b?: unknown, c?: unknown) => unknown;
  /** Whether it is an async function, or has returned a promise: it goes on after it has returned. */
  isAsync: boolean;
}

/** Who hears of what. */
export type Hearers = { readonly [Name in Event]: readonly Hearer[] };

/** Who hears of what, of some instruments; each method is bound as it is now. */
export function hearersOf(instruments: readonly Instrument[]): Hearers {
  const of = (event: Event): Hearer[] =>
    instruments.flatMap((instrument) => {
      const { hooks } = instrument;
      const hook = hooks[event] as Hearer["call"] | undefined;
      return hook === undefined ? [] : [{ instrument, event, call: hook.bind(hooks), isAsync: isAsyncFunction(hook) }];
    });
  return {
    taskCreated: of("taskCreated"),
    taskStepped: of("taskStepped"),
    taskParked: of("taskParked"),
    taskDone: of("taskDone"),
    callbackRun: of("callbackRun"),
    iteration: of("iteration"),
    lag: of("lag"),
    bytesReceived: of("bytesReceived"),
    bytesSent: of("bytesSent"),
    requestEnded: of("requestEnded"),
  };
}
