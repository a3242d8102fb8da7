/**
 * What is measured of a loop.
 *
 * @module
 */
import type { Attributes, Histogram, Meter, ObservableResult } from "@opentelemetry/api";
import type { EndedRequest } from "../core/instruments.ts";
import type { Task } from "../core/task.ts";
import { errorTypeOf, methodOf, requestOf, routeOf, schemeOf } from "./request_facts.ts";

/** The bounds that OpenTelemetry advises for durations of requests, in seconds; those of lag begin lower. */
const REQUEST_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const LAG_BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** What is asked of a loop when the metrics are read. */
export interface Asked {
  ready(): number;
  tasks(): number;
}

/**
 * The loops of each provider of meters, and how often each was added. What has no attributes is one number, so that of all loops is told as their
 * sum: of several observations the last would be taken.
 */
const observed = new WeakMap<object, Map<object, { readonly asked: Asked; times: number }>>();

/** Measures it. */
export class LoopMetrics {
  readonly #lag: Histogram;
  readonly #duration: Histogram;
  /** When the requests have come that have not ended. */
  readonly #began = new Map<Task<unknown>, number>();
  readonly #unobserve: () => void;

  constructor(provider: object, meter: Meter, loop: object, asked: Asked) {
    this.#lag = meter.createHistogram("asyncio.loop.lag", {
      description: "How late timers run.",
      unit: "s",
      advice: { explicitBucketBoundaries: LAG_BOUNDS },
    });
    this.#duration = meter.createHistogram("http.server.request.duration", {
      description: "Duration of HTTP server requests: from the arrival of one until nothing of it is left.",
      unit: "s",
      advice: { explicitBucketBoundaries: REQUEST_BOUNDS },
    });
    // No `valueType` of whole numbers: the runtime's own meter on Deno refuses it.
    const ready = meter.createObservableGauge("asyncio.loop.ready", {
      description: "Callbacks and steps that run in the next iteration.",
      unit: "{entry}",
    });
    const tasks = meter.createObservableGauge("asyncio.tasks", {
      description: "Tasks that are not done.",
      unit: "{task}",
    });
    const loops = observed.get(provider) ?? new Map<object, { readonly asked: Asked; times: number }>();
    observed.set(provider, loops);
    const known = loops.get(loop) ?? { asked, times: 0 };
    known.times++;
    loops.set(loop, known);
    const sum = (what: keyof Asked) => {
      let all = 0;
      for (const { asked } of loops.values()) all += asked[what]();
      return all;
    };
    const observeReady = (result: ObservableResult) => result.observe(sum("ready"));
    const observeTasks = (result: ObservableResult) => result.observe(sum("tasks"));
    ready.addCallback(observeReady);
    tasks.addCallback(observeTasks);
    let isObserved = true;
    this.#unobserve = () => {
      if (!isObserved) return;
      isObserved = false;
      if (--known.times === 0) loops.delete(loop);
      ready.removeCallback(observeReady);
      tasks.removeCallback(observeTasks);
    };
  }

  /** A task was made. */
  began(task: Task<unknown>): void {
    if (requestOf(task) !== null) this.#began.set(task, performance.now());
  }

  /** A timer runs late. */
  lags(late: number): void {
    this.#lag.record(late / 1_000);
  }

  /** Nothing of a request is left. */
  requestEnded(ended: EndedRequest): void {
    const { task, request, outcome, status } = ended;
    const began = this.#began.get(task);
    if (began === undefined) return;
    this.#began.delete(task);
    const attributes: Attributes = {
      "http.request.method": methodOf(request),
      "url.scheme": schemeOf(request),
      "asyncio.request.outcome": outcome,
    };
    const route = routeOf(ended);
    if (route !== undefined) attributes["http.route"] = route;
    if (status !== null) attributes["http.response.status_code"] = status;
    const error = errorTypeOf(ended);
    if (error !== null) attributes["error.type"] = error;
    this.#duration.record((performance.now() - began) / 1_000, attributes);
  }

  /** Nobody wants to know any more. */
  stop(): void {
    this.#unobserve();
    this.#began.clear();
  }
}
