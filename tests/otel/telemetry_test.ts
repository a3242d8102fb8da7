import { AsyncLocalStorage } from "node:async_hooks";
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { type Context, context, metrics, propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { Hono } from "hono";
import { createTask, EventLoop, gather, getRunningLoop, run, RuntimeError, sleep } from "../../mod.ts";
import { routes } from "../../src/hono/mod.ts";
import type { HttpServer } from "../../src/http/mod.ts";
import { addTelemetry, type TelemetryOptions } from "../../src/otel/mod.ts";
import { get, serving } from "../http/serving.ts";
import { load } from "../packages.ts";
import { eventually, within } from "../within.ts";

/** A span, as the SDK has it. */
interface Span {
  readonly name: string;
  readonly kind: number;
  readonly attributes: Record<string, unknown>;
  readonly status: { readonly code: number; readonly message?: string };
  readonly parentSpanContext?: { readonly spanId: string; readonly traceId: string };
  readonly events: readonly { readonly name: string }[];
  spanContext(): { readonly spanId: string; readonly traceId: string };
}

interface Metric {
  readonly descriptor: { readonly name: string; readonly unit: string };
  readonly dataPoints: readonly { readonly attributes: Record<string, unknown>; readonly value: unknown }[];
}

/** What is used of the SDK. */
interface TraceSdk {
  readonly InMemorySpanExporter: new () => { getFinishedSpans(): Span[]; reset(): void };
  readonly SimpleSpanProcessor: new (exporter: object) => object;
  readonly BasicTracerProvider: new (options: object) => { shutdown(): Promise<void> };
}

interface MetricsSdk {
  readonly MetricReader: new () => {
    collect(): Promise<{ resourceMetrics: { scopeMetrics: readonly { metrics: readonly Metric[] }[] } }>;
  };
  readonly MeterProvider: new (options: object) => { shutdown(): Promise<void> };
}

const { InMemorySpanExporter, SimpleSpanProcessor, BasicTracerProvider } = load<TraceSdk>(
  "@opentelemetry/sdk-trace-base",
);
const { MetricReader, MeterProvider } = load<MetricsSdk>("@opentelemetry/sdk-metrics");

/** A reader that reads when it is asked. */
class Reader extends MetricReader {
  onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

let exporter = new InMemorySpanExporter();
let reader: Reader;
let providers: { shutdown(): Promise<void> }[] = [];

/** The span with a name, once it has ended. */
function span(name: string): Span {
  const spans = exporter.getFinishedSpans();
  const found = spans.find((one) => one.name === name);
  assert(found !== undefined, `There is no span ${name} among ${spans.map((one) => one.name).join(", ")}`);
  return found;
}

/** Registers what keeps the active span, as programs do that begin spans of their own. */
function keepContexts(): void {
  const active = new AsyncLocalStorage<Context>();
  context.setGlobalContextManager({
    active: () => active.getStore() ?? ROOT_CONTEXT,
    with: (inner, callback, self, ...args) => active.run(inner, () => callback.apply(self, args)),
    bind: (_inner, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
}

/** Begins and ends a span of the program. */
function begin(name: string): void {
  trace.getTracer("program").startSpan(name).end();
}

/** Which span is the parent of which. */
function parentOf(name: string): string | undefined {
  const id = span(name).parentSpanContext?.spanId;
  return exporter.getFinishedSpans().find((one) => one.spanContext().spanId === id)?.name;
}

async function measured(): Promise<Map<string, Metric>> {
  const { resourceMetrics } = await reader.collect();
  const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return new Map(all.map((metric) => [metric.descriptor.name, metric]));
}

describe("addTelemetry()", () => {
  beforeEach(() => {
    exporter = new InMemorySpanExporter();
    const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    reader = new Reader();
    const metering = new MeterProvider({ readers: [reader] });
    trace.setGlobalTracerProvider(tracing as never);
    metrics.setGlobalMeterProvider(metering as never);
    providers = [tracing, metering];
  });

  afterEach(async () => {
    // The SDK tells of what it has exported by timers.
    await new Promise((resolve) => setTimeout(resolve, 2));
    for (const provider of providers) await provider.shutdown();
    for (const api of [trace, metrics, propagation, context]) api.disable();
  });

  it("makes a span for each task, below that of the task that has made it", async () => {
    await run(function* () {
      using _telemetry = addTelemetry(getRunningLoop());
      yield* createTask(function* outer() {
        yield* createTask(async function inner() {
          await sleep(1);
        });
      }, { name: "the outer one" });
    });
    const [outer, inner] = [span("the outer one"), span("inner")];
    assertEquals(inner.parentSpanContext?.spanId, outer.spanContext().spanId);
    assertEquals(inner.spanContext().traceId, outer.spanContext().traceId);
    assertEquals(outer.parentSpanContext, undefined);
    assertEquals(outer.attributes["asyncio.task.coroutine"], "outer");
    assertEquals([outer.attributes["asyncio.task.steps"], inner.attributes["asyncio.task.steps"]], [2, 2]);
    assertEquals([outer.status.code, inner.kind], [0, 0]);
  });

  it("tells of failures and cancels, and leaves the exception to who awaits it", async () => {
    await run(function* () {
      using _telemetry = addTelemetry(getRunningLoop());
      const fails = createTask(function* () {
        yield* sleep(1);
        throw new RangeError("too far");
      }, { name: "fails" });
      const cancelled = createTask(sleep(60_000), { name: "cancelled" });
      yield* sleep(2);
      cancelled.cancel();
      yield* sleep(1);
      assertEquals((fails.exception() as Error).message, "too far");
    });
    const { status, attributes, events } = span("fails");
    assertEquals([status.code, status.message, attributes["error.type"]], [2, "too far", "RangeError"]);
    assertEquals(events.map(({ name }) => name), ["exception"]);
    assertEquals([span("cancelled").attributes["asyncio.task.cancelled"], span("cancelled").status.code], [true, 0]);
  });

  it("tells of whatever was thrown, and goes on", async () => {
    const hostile = Object.defineProperty(new Error(), "message", {
      get() {
        throw new Error("hostile");
      },
    });
    const reports: unknown[] = [];
    await run(function* () {
      getRunningLoop().setExceptionHandler((_loop, report) => reports.push(report));
      using _telemetry = addTelemetry(getRunningLoop());
      for (const [at, thrown] of [Object.create(null), hostile, Symbol("odd"), undefined].entries()) {
        try {
          yield* createTask(function* () {
            yield* sleep(0);
            throw thrown;
          }, { name: `fails ${at}` });
        } catch {
          // That it was told is what counts.
        }
      }
    });
    const messages = [0, 1, 2, 3].map((at) => span(`fails ${at}`).status.message);
    const cannot = "an exception that cannot be described";
    assertEquals(messages, [cannot, cannot, "Symbol(odd)", "undefined"]);
    assertEquals(reports, []);
  });

  it("puts spans below each other in both forms, and tells of a task that was cancelled before its first step", async () => {
    await run(async () => {
      using _telemetry = addTelemetry(getRunningLoop());
      await createTask(async function outer() {
        await sleep(1);
        await createTask(function* middle() {
          yield* createTask(async function inner() {
            await createTask(sleep(1), { name: "innermost" });
          });
        });
      });
      const never = createTask(sleep(1), { name: "never" });
      never.cancel();
      await sleep(2);
    });
    const [outer, middle, inner, innermost] = ["outer", "middle", "inner", "innermost"].map(span);
    for (const [below, above] of [[middle, outer], [inner, middle], [innermost, inner]]) {
      assertEquals(below!.parentSpanContext?.spanId, above!.spanContext().spanId, below!.name);
    }
    const { "asyncio.task.steps": steps, "asyncio.task.cancelled": cancelled } = span("never").attributes;
    assertEquals([typeof steps, cancelled], ["number", true]);
  });

  it("goes on and ends if the provider throws, and says so once", async () => {
    const broken = new Error("no provider");
    const fails = () => {
      throw broken;
    };
    const spans = { startSpan: () => ({ setAttributes: fails, end: fails }) };
    for (const [tracer, message] of [[{ startSpan: fails }, /taskCreated/], [spans, /taskDone/]] as const) {
      trace.disable();
      trace.setGlobalTracerProvider({ getTracer: () => tracer } as never);
      const reports: { message?: string; exception?: unknown }[] = [];
      const result = await run(async () => {
        const loop = getRunningLoop();
        loop.setExceptionHandler((_, report) => void reports.push(report));
        addTelemetry(loop);
        await createTask(sleep(1));
        await createTask(sleep(1));
        return "well";
      });
      assertEquals(result, "well");
      assert(reports.length >= 1 && reports.length <= 2, `${reports.length} reports`);
      assertMatch(reports[0]!.message!, message);
      assertEquals(reports.every(({ exception }) => exception === broken), true);
    }
  });

  it("waits for no exporter: a program ends though one never answers", async () => {
    const never = { export() {}, shutdown: () => Promise.resolve(), forceFlush: () => new Promise(() => {}) };
    const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(never)] });
    trace.disable();
    trace.setGlobalTracerProvider(tracing as never);
    const program = run(async () => {
      addTelemetry(getRunningLoop());
      await createTask(sleep(1));
    });
    await within(program, "the end of the program");
  });

  it("ends with its loop, and its open spans with it", async () => {
    const loop = new EventLoop();
    addTelemetry(loop);
    loop.createTask(sleep(60_000), { name: "left" }).addDoneCallback(() => {});
    await loop.runUntilComplete(sleep(1));
    loop.setExceptionHandler(() => {});
    await loop.close();
    assertEquals(span("left").status.code, 0);
  });

  it("puts a task below the span that the program has begun where it is made", async () => {
    keepContexts();
    const own = trace.getTracer("program").startSpan("own");
    await run(async () => {
      using _telemetry = addTelemetry(getRunningLoop());
      await createTask(async () => {
        const made = context.with(trace.setSpan(context.active(), own), () => createTask(sleep(1), { name: "below" }));
        const other = createTask(sleep(1), { name: "beside" });
        await made;
        await other;
      }, { name: "maker" });
    });
    own.end();
    assertEquals(span("below").parentSpanContext?.spanId, own.spanContext().spanId);
    assertEquals(span("beside").parentSpanContext?.spanId, span("maker").spanContext().spanId);
  });

  it("makes the span of a task the active one in it, in both forms and with every source", async () => {
    keepContexts();
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    await run(async () => {
      using _telemetry = addTelemetry(getRunningLoop());
      await createTask(async function outer() {
        await sleep(1);
        begin("in outer");
        await trace.getTracer("program").startActiveSpan("own", async (own) => {
          await gather(
            async function first() {
              begin("in first");
              await sleep(1);
              await createTask(sleep(1), { name: "below first" });
            },
            function* second() {
              begin("in second");
              yield* sleep(1);
              yield* createTask(sleep(1), { name: "below second" });
              begin("late in second");
            },
          );
          (own as unknown as { end(): void }).end();
        });
        function* plain() {
          begin("in plain");
          yield* sleep(1);
          begin("late in plain");
        }
        await createTask(() => plain(), { name: "made by a plain function" });
        const keeping = function* () {
          begin("in keeping");
          yield* sleep(1);
          begin("late in keeping");
          seen.push(storage.getStore());
        };
        await storage.run("kept", () => createTask(keeping, { name: "keeping", asyncLocalStorage: true }));
        const eager = async () => {
          begin("in eager");
          await sleep(0);
        };
        await createTask(eager, { name: "eager", eagerStart: true });
        begin("last in outer");
      });
    });
    const parents = {
      "in outer": "outer",
      "own": "outer",
      "first": "own",
      "second": "own",
      "in first": "first",
      "below first": "first",
      "in second": "second",
      "below second": "second",
      "late in second": "second",
      "in plain": "made by a plain function",
      "late in plain": "made by a plain function",
      "in keeping": "keeping",
      "late in keeping": "keeping",
      "in eager": "eager",
      "last in outer": "outer",
    };
    for (const [below, above] of Object.entries(parents)) assertEquals([below, parentOf(below)], [below, above]);
    assertEquals(seen, ["kept"]);
    assertEquals(new Set(exporter.getFinishedSpans().map((one) => one.spanContext().traceId)).size, 1);
  });

  it("makes the span of a request the active one in its handler", async () => {
    keepContexts();
    const app = new Hono();
    app.use("/hono", async (_c, next) => {
      begin("middleware");
      await next();
    });
    routes(app).get("/hono", function* (c) {
      begin("hono");
      yield* sleep(1);
      begin("late hono");
      return c.text("");
    });
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const starting = trace.getTracer("program").startSpan("starting");
    const handlers = {
      "GET /hono": app,
      "async": async () => {
        begin("async");
        await sleep(1);
        begin("late async");
        return new Response();
      },
      "generator": function* () {
        storage.enterWith("entered");
        begin("generator");
        yield* sleep(1);
        begin("late generator");
        yield* createTask(sleep(1), { name: "task of the generator" });
        seen.push(storage.getStore());
        return new Response();
      },
    };
    for (const handler of Object.values(handlers)) {
      await context.with(
        trace.setSpan(ROOT_CONTEXT, starting),
        () => telling(handler, (server) => get(server, "/hono"), { metrics: false }),
      );
      const requests = exporter.getFinishedSpans().filter((one) => one.kind === 1);
      assertEquals(requests.length, 1);
      for (const one of exporter.getFinishedSpans()) {
        const expected = one.kind === 1 ? undefined : requests[0]!.spanContext().spanId;
        if (one.name !== "starting") assertEquals([one.name, one.parentSpanContext?.spanId], [one.name, expected]);
      }
      assert(exporter.getFinishedSpans().length >= 3);
      exporter.reset();
    }
    starting.end();
    assertEquals(seen, ["entered"]);
  });

  it("observes the sum of several loops, each once, and of those alone that are not closed", async () => {
    const loops = [new EventLoop(), new EventLoop()];
    const told = loops.map((loop, at) => {
      loop.setExceptionHandler(() => {});
      for (let i = 0; i < 5 - 3 * at; i++) loop.createTask(sleep(60_000)).addDoneCallback(() => {});
      return addTelemetry(loop);
    });
    const tasks = async () => (await measured()).get("asyncio.tasks")?.dataPoints[0]?.value;
    const again = addTelemetry(loops[0]!);
    assertEquals(await tasks(), 7);
    again.stop();
    again.stop();
    assertEquals(await tasks(), 7);
    told[1]!.stop();
    assertEquals(await tasks(), 5);
    for (const loop of loops) {
      await loop.runUntilComplete(sleep(1));
      await loop.close();
      assertThrows(() => addTelemetry(loop), RuntimeError, "is closed");
    }
  });

  async function telling(
    handler: Parameters<typeof serving>[0],
    visit: (server: HttpServer) => Promise<unknown>,
    options?: TelemetryOptions,
    serveOptions?: Parameters<typeof serving>[2],
  ): Promise<void> {
    await serving(handler, async (server) => {
      using _telemetry = addTelemetry(server.getLoop(), options);
      await visit(server);
      await eventually(() => server.pending === 0, "the end of the requests");
      await sleep(1);
    }, serveOptions);
  }

  it("makes a span for each request, with its route, its status and how it has ended", async () => {
    const app = new Hono();
    routes(app).get("/users/:id", function* (c) {
      yield* createTask(sleep(1), { name: "look up" });
      return c.text(c.req.param("id"));
    });
    await telling(app, async (server) => {
      assertEquals(await get(server, "/users/7?secret"), [200, "7"]);
      await get(server, "/nowhere");
    });
    const { kind, attributes, spanContext, status } = span("GET /users/:id");
    assertEquals([kind, status.code], [1, 0]);
    const { "user_agent.original": agent, ...others } = attributes;
    assertEquals([typeof agent, typeof others["server.port"]], ["string", "number"]);
    assertEquals({ ...others, "server.port": 0, "asyncio.task.busy": 0 }, {
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "http.route": "/users/:id",
      "url.path": "/users/7",
      "url.scheme": "http",
      "server.address": "127.0.0.1",
      "server.port": 0,
      "asyncio.request.outcome": "delivered",
      "asyncio.task.steps": 2,
      "asyncio.task.busy": 0,
    });
    assertEquals(span("look up").parentSpanContext?.spanId, spanContext.call(span("GET /users/:id")).spanId);
    assertEquals(span("GET").attributes["http.response.status_code"], 404);
  });

  it("tells of requests that fail, and of the trace that a client is in", async () => {
    propagation.setGlobalPropagator({
      fields: () => ["traceparent"],
      inject() {},
      extract(above, carrier, { get }) {
        const [, traceId = "", spanId = ""] = String(get(carrier, "traceparent")).split("-");
        return trace.setSpanContext(above, { traceId, spanId, traceFlags: 1, isRemote: true });
      },
    });
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const handler = () => {
      throw new RangeError("too far");
    };
    await telling(
      handler,
      (server) => {
        return get(server, "/broken", { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
      },
      {},
      { onError: () => new Response("badly", { status: 500 }) },
    );
    const { attributes, status, spanContext, parentSpanContext } = span("GET");
    assertEquals([attributes["asyncio.request.outcome"], attributes["error.type"]], ["failed", "RangeError"]);
    assertEquals([attributes["http.response.status_code"], status.code, status.message], [500, 2, "too far"]);
    assertEquals(spanContext.call(span("GET")).traceId, traceId);
    assertEquals(parentSpanContext?.spanId, "b7ad6b7169203331");
  });

  it("measures lag, what is ready, tasks, and the duration of requests", async () => {
    let during = new Map<string, Metric>();
    await telling(() => new Response("well"), async (server) => {
      await get(server);
      await sleep(1);
      during = await measured();
    });
    assertEquals([...during.keys()].sort(), [
      "asyncio.loop.lag",
      "asyncio.loop.ready",
      "asyncio.tasks",
      "http.server.request.duration",
    ]);
    assertEquals(during.get("asyncio.tasks")!.dataPoints[0]!.value, 1);
    assertEquals((during.get("asyncio.loop.lag")!.dataPoints[0]!.value as { count: number }).count > 0, true);
    const { descriptor, dataPoints: [duration] } = during.get("http.server.request.duration")!;
    assertEquals(descriptor.unit, "s");
    assertEquals(duration!.attributes, {
      "http.request.method": "GET",
      "url.scheme": "http",
      "asyncio.request.outcome": "delivered",
      "http.response.status_code": 200,
    });
    assertEquals((duration!.value as { count: number }).count, 1);
  });

  it("makes only what is asked for, and nothing more once it is stopped", async () => {
    await telling(() => new Response("well"), async (server) => {
      await get(server);
      await createTask(sleep(1), { name: "unseen" });
    }, { tasks: false, metrics: false });
    assertEquals(exporter.getFinishedSpans().map(({ name }) => name), ["GET"]);
    exporter.reset();
    await run(function* () {
      const telemetry = addTelemetry(getRunningLoop(), { requests: false });
      createTask(sleep(60_000), { name: "open" });
      yield* sleep(0);
      telemetry.stop();
      telemetry.stop();
      yield* createTask(sleep(1), { name: "unseen" });
    });
    assertEquals(exporter.getFinishedSpans().map(({ name }) => name), ["open"]);
  });

  it("refuses what is no loop and what is no option", async () => {
    assertThrows(() => addTelemetry(null as never), TypeError, "Cannot tell OpenTelemetry of null: give a loop");
    await run(function* () {
      const add = (options: unknown) => () => addTelemetry(getRunningLoop(), options as TelemetryOptions);
      assertThrows(add({ spans: true }), TypeError, 'unknown option "spans"');
      assertThrows(add({ tasks: 1 }), TypeError, "the number 1 as tasks: give a boolean");
      assertThrows(add({ tasks: false, requests: false, metrics: false }), TypeError, "telemetry of nothing");
      assertThrows(add(null), TypeError, "give an object, or leave them out");
      yield* sleep(0);
    });
  });
});
