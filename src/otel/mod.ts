/**
 * What the loop does, for OpenTelemetry: a span for each task and each request, and metrics of the loop.
 *
 * It speaks to `@opentelemetry/api`, and so to whatever is registered there: an SDK, or on Deno the runtime itself with `OTEL_DENO=true`.
 *
 * @module
 */
export { addTelemetry, type Telemetry, type TelemetryOptions } from "./add_telemetry.ts";
