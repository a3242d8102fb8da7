/** A server on a loop of its own, for the length of a test. */

import { allTasks, type ExceptionContext, getRunningLoop, run } from "../../mod.ts";
import { type HttpServer, serve, type ServeHandler, type ServeOptions } from "../../src/http/mod.ts";
import { steadyLoop } from "../steady_loop.ts";
import { PATIENCE, within } from "../within.ts";

/**
 * Milliseconds of a grace period that is to pass. As long again the answers of what is cancelled then have to reach their clients, on a busy
 * machine as well.
 */
export const GRACE = 1_000;

/**
 * Runs a body beside a server on a free port, closes the server, and gives what the exception handler was told. A `requestTimeout` and a
 * `gracePeriod` do not pass while the machine stands still: what has come meanwhile is handled before.
 */
export async function serving(
  handler: ServeHandler | { readonly fetch: ServeHandler },
  body: (server: HttpServer) => Promise<void>,
  options: ServeOptions = {},
): Promise<ExceptionContext[]> {
  const reports: ExceptionContext[] = [];
  const hasDeadline = options.requestTimeout !== undefined || typeof options.gracePeriod === "number";
  await run(async () => {
    getRunningLoop().setExceptionHandler((_loop, context) => reports.push(context));
    await using server = await serve(handler, { port: 0, ...options });
    const said = () => {
      const told = reports.map(({ message, exception }) => `${message} ${exception ?? ""}`);
      return [`${server}, ${server.pending} pending, tasks: ${taskNames()}`, ...told].join("\n");
    };
    try {
      await within(body(server), "the end of a test beside a server", said, 1.5 * PATIENCE);
    } catch (error) {
      // What hangs would keep the server from closing, and the error from being seen.
      server.abort();
      throw error;
    }
  }, hasDeadline ? { loopFactory: steadyLoop } : {});
  return reports;
}

/** The names of the tasks that run, without the one of the test. */
export function taskNames(): string[] {
  return [...allTasks()].map((task) => task.getName()).filter((name) => !name.startsWith("Task-"));
}

/** The port of a server. */
export function portOf({ addr }: HttpServer): number {
  return addr.transport === "tcp" ? addr.port : 0;
}

/** A response as the tests look at it. */
export async function get(server: HttpServer, path = "/", init?: RequestInit): Promise<[number, string]> {
  const answer = async (): Promise<[number, string]> => {
    const response = await fetch(server.url + path, init);
    return [response.status, await response.text()];
  };
  return await within(answer(), `the answer to ${path}`, () => `${server}, ${server.pending} pending`);
}

/** A promise, and what fulfils it: how a handler tells its test that it has come somewhere. */
export function sign(): { readonly seen: Promise<void>; readonly give: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    get seen() {
      return within(promise, "a sign of the handler");
    },
    give: resolve,
  };
}
