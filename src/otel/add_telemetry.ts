/**
 * Telling OpenTelemetry what a loop does.
 *
 * @module
 */
import { metrics, trace } from "@opentelemetry/api";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { Instrument } from "../core/instruments.ts";
import { checkClosed, unfinishedTasks } from "../core/internal.ts";
import { queuedIn } from "../core/lazy_internal.ts";
import { describeKind } from "../core/repr.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import type { HostLoop } from "../loop/host_loop.ts";
import { LoopMetrics } from "./loop_metrics.ts";
import { TaskSpans } from "./task_spans.ts";

/**
 * The options of {@linkcode addTelemetry}.
 *
 * @category Telemetry
 */
export interface TelemetryOptions {
  /** Whether each task has a span, with that of the task that has made it as parent; true by default. */
  readonly tasks?: boolean | undefined;
  /** Whether each request of an HTTP server has a span; true by default. */
  readonly requests?: boolean | undefined;
  /** Whether the loop's lag, its queue, its tasks and the duration of requests are measured; true by default. */
  readonly metrics?: boolean | undefined;
}

/**
 * What {@linkcode addTelemetry} returns.
 *
 * @category Telemetry
 */
export interface Telemetry {
  /** Ends it: spans that are open end here, and nothing more is told. Ending twice is harmless. It ends with its loop, too. */
  stop(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

const NAMES: OptionNames<TelemetryOptions> = { tasks: "boolean", requests: "boolean", metrics: "boolean" };

/** What the spans and metrics are known by. */
const SCOPE = "@loop/asyncio";

/**
 * Tells OpenTelemetry what a loop does, from now on.
 *
 * A span for each task has its name, or that of its coroutine; its parent is the span that was active where the task was made, or else that of the
 * task that has made it. It is the active one in the task, if a context manager is registered: what the program begins there is below it. A failure is its status. The span of a request is named after its method and route, which is known of what `./hono` handles; it has the status and how the
 * request ended, and ends when nothing of the request runs any more. Where the runtime has a span for the request already, as Deno does
 * with `OTEL_DENO=true`, it is below that.
 *
 * | Metric | Is |
 * | --- | --- |
 * | `asyncio.loop.lag` | how late timers run, in seconds: a histogram |
 * | `asyncio.loop.ready` | what runs in the next iteration, of all loops that are told of |
 * | `asyncio.tasks` | the tasks that are not done, of all loops that are told of |
 * | `http.server.request.duration` | how long requests take, in seconds, by method, route, status and outcome: a histogram |
 *
 * Attributes, spans and metrics of requests are named as OpenTelemetry's conventions for HTTP have them; the query of an address is not told, for it may
 * hold secrets. What Deno measures of requests by itself has the same name, and the scope `deno`.
 *
 * @param loop the loop, such as `getRunningLoop()`
 * @returns what ends it
 * @throws {TypeError} if it is not a loop, an option is unknown, or one is not a boolean
 * @throws {RuntimeError} if the loop is closed
 *
 * @example With what is registered
 * ```ts
 * import { createTask, getRunningLoop, run, sleep } from "@loop/asyncio";
 * import { addTelemetry } from "@loop/asyncio/otel";
 *
 * await run(function* () {
 *   using _telemetry = addTelemetry(getRunningLoop());
 *   yield* createTask(sleep(1), { name: "nap" });
 * });
 * ```
 *
 * @category Telemetry
 */
export function addTelemetry(loop: BaseEventLoop, options: TelemetryOptions = {}): Telemetry {
  if (typeof loop?.addInstrument !== "function") {
    throw new TypeError(`Cannot tell OpenTelemetry of ${describeKind(loop)}: give a loop, such as getRunningLoop().`);
  }
  checkClosed(loop);
  checkOptions(options, "addTelemetry", NAMES);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`Cannot add telemetry with ${describeKind(value)} as ${name}: give true or false.`);
  }
  const { tasks = true, requests = true, metrics: measures = true } = options;
  if (!tasks && !requests && !measures) {
    throw new TypeError(
      "Cannot add telemetry of nothing: leave out one of tasks, requests and metrics, or do not call it.",
    );
  }
  const spans = new TaskSpans(trace.getTracer(SCOPE), tasks, requests);
  const own = measures
    ? new LoopMetrics(metrics.getMeterProvider(), metrics.getMeter(SCOPE), loop, {
      ready: () => queuedIn(loop).ready,
      tasks: () => unfinishedTasks(loop).size,
    })
    : null;
  const instrument = new Instrument({
    taskCreated: (task, parent) => {
      spans.began(task, parent);
      own?.began(task);
    },
    taskStepped: (task, began, ended) => spans.stepped(task, ended - began),
    taskDone: (task) => spans.taskEnded(task),
    lag: (late) => own?.lags(late),
    requestEnded: (request) => {
      spans.requestEnded(request);
      own?.requestEnded(request);
    },
  });
  loop.addInstrument(instrument);
  // A loop that is closed says nothing more: its tasks that are not done never end.
  const { onClose } = loop as Partial<Pick<HostLoop, "onClose">>;
  const stop = (): void => {
    onClose?.delete(stop);
    loop.removeInstrument(instrument);
    try {
      own?.stop();
      spans.stop();
    } catch (exception) {
      loop.callExceptionHandler({ message: "Telemetry could not be ended", exception });
    }
  };
  onClose?.add(stop);
  return { stop, [Symbol.dispose]: stop };
}
