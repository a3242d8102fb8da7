/**
 * What the runtime's own exporter sends of a program on Deno, to a collector of the test.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { within } from "../within.ts";

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string; readonly doubleValue?: number };
}

/** A span as OTLP has it in JSON. */
interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly Attribute[];
}

const METRICS = ["asyncio.loop.lag", "asyncio.loop.ready", "asyncio.tasks", "http.server.request.duration"];

/** What a collector has got. */
class Collector {
  readonly spans: (Span & { readonly scope: string })[] = [];
  readonly metrics = new Set<string>();
  readonly #measured = Promise.withResolvers<void>();
  readonly server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      // The program ends when this is answered.
      if (new URL(request.url).pathname === "/measured") {
        await this.#measured.promise;
        return new Response();
      }
      const told = await request.json();
      for (const { scopeSpans } of told.resourceSpans ?? []) {
        for (const { scope, spans } of scopeSpans) {
          for (const span of spans) this.spans.push({ ...span, scope: scope.name });
        }
      }
      for (const { scopeMetrics } of told.resourceMetrics ?? []) {
        for (const { scope, metrics } of scopeMetrics) {
          // Deno has one of the same name.
          if (scope.name === "@loop/asyncio") { for (const { name } of metrics) this.metrics.add(name); }
        }
      }
      if (METRICS.every((name) => this.metrics.has(name))) this.#measured.resolve();
      return Response.json({});
    },
  );

  named(name: string, scope = "@loop/asyncio"): Span {
    const span = this.spans.find((one) => one.name === name && one.scope === scope);
    assert(span !== undefined, `no ${name} among ${this.spans.map((one) => `${one.scope}: ${one.name}`).join(", ")}`);
    return span;
  }
}

describe("With OTEL_DENO=true", () => {
  it("Deno exports the spans and metrics of a program, and its own span of a request is above the module's", async () => {
    const collector = new Collector();
    const { port } = collector.server.addr;
    const { code, stdout, stderr } = await within(
      new Deno.Command(Deno.execPath(), {
        args: ["run", "--no-check", "--config", "deno.offline.json", "--allow-net", "tests/otel/fixture.ts", `${port}`],
        cwd: new URL("../../", import.meta.url),
        env: {
          OTEL_DENO: "true",
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
          OTEL_METRIC_EXPORT_INTERVAL: "20",
        },
      }).output(),
      "the end of the program",
    );
    await collector.server.shutdown();
    const [said, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals([code, said!.trim()], [0, "well"], errors);

    const [outer, inner] = [collector.named("outer"), collector.named("inner")];
    assertEquals([inner.parentSpanId, inner.traceId], [outer.spanId, outer.traceId]);
    const request = collector.named("GET");
    const attributes = new Map(request.attributes.map(({ key, value }) => [key, value]));
    assertEquals(attributes.get("asyncio.request.outcome")?.stringValue, "delivered");
    const status = attributes.get("http.response.status_code");
    assertEquals(Number(status?.doubleValue ?? status?.intValue), 200);
    const own = collector.spans.find(({ spanId }) => spanId === request.parentSpanId);
    assertEquals(own?.scope, "deno");
    assertEquals(collector.named("look up").parentSpanId, request.spanId);
  });
});
