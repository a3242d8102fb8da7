/**
 * What every program loads at once, for bundlers: they make a part of all files that the same lazy parts use. Each file that is loaded by an
 * `import()` imports this one, so that they all use the same, and a program begins with one part of its bundle. It is smaller than a dozen.
 *
 * Nothing is taken from here, and so this has no direction.
 *
 * @module
 */
import "../core/exception_group.ts";
import "../executors/remote_module.ts";
import "../io/executor.ts";
import "../io/process.ts";
import "../io/protocols.ts";
import "../io/stream_writer.ts";
import "../io/transports.ts";
import "../sync/event.ts";
import "../sync/waiters.ts";
import "../tasks/ensure_future.ts";
import "../tasks/gather.ts";
import "../tasks/gathering.ts";
import "../tasks/sleep.ts";
import "./runner.ts";
