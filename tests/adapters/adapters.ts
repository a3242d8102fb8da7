/**
 * The adapters that the runtime of the tests can load: its own, and the one that runs everywhere.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Adapter, HttpHandler, HttpListener } from "../../src/adapters/adapter.ts";
import { defaultAdapter } from "../../src/adapters/default_adapter.ts";
import { addHttp } from "../../src/adapters/default_http.ts";
import { serveHttp as serveSimulated } from "../../src/testing/network/http_server.ts";
import { nodeAdapter } from "../../src/adapters/node/adapter.ts";

addHttp();

/** Deno's adapter as it is where Deno does not let it have its connections one by one. */
const denoServe: Adapter = {
  ...defaultAdapter(),
  name: "deno (Deno.serve)",
  serveHttp: async (options) => (await import("../../src/adapters/deno/http.ts")).serveHttp(options, null),
};

/** The HTTP of a simulated network, on sockets of the system and their time. */
const simulatedHttp: Adapter = {
  ...defaultAdapter(),
  name: "simulated",
  serveHttp: async (options) => {
    const after = (delay: number, run: () => void): { run: (() => void) | null } => {
      if (delay === 0) {
        const scheduled: { run: (() => void) | null } = { run };
        setImmediate(() => scheduled.run?.());
        return scheduled;
      }
      const timer = setTimeout(run, delay);
      return {
        set run(_called: null) {
          clearTimeout(timer);
        },
      };
    };
    const timeline = { hop: (call: () => void) => void setImmediate(call) };
    return await serveSimulated(await defaultAdapter().net!(), { after, timeline }, options);
  },
};

/** Every adapter that this runtime can load, each once. */
export const ADAPTERS: readonly Adapter[] = [...new Set([defaultAdapter(), nodeAdapter])];

/** The same, Deno's once more with its other way to serve HTTP, and that of a simulated network. */
export const HTTP_ADAPTERS: readonly Adapter[] = [
  ...ADAPTERS,
  ...("Deno" in globalThis ? [denoServe] : []),
  simulatedHttp,
];

const listeners = new Set<HttpListener>();

/** Listens on a port of the system's choice on the loopback interface. */
export async function listen(adapter: Adapter, handler: HttpHandler): Promise<HttpListener> {
  const listener = await adapter.serveHttp!({ hostname: "127.0.0.1", port: 0, handler });
  listeners.add(listener);
  return listener;
}

/** Ends what a test that failed left open, so that the runtime does not wait for it. */
export function abortListeners(): void {
  for (const listener of listeners) {
    listener.abort();
    // It may go on to listen.
    listener.unref();
  }
  listeners.clear();
}

/** The port that a listener took. */
export function portOf({ addr }: HttpListener): number {
  return addr.transport === "tcp" ? addr.port : 0;
}

/** Lets timers and sockets go on for a while: a few milliseconds of real time, for want of a sign to wait for. */
export function aWhile(adapter: Adapter): Promise<void> {
  return new Promise((resolve) => adapter.setTimer(10, resolve));
}

/** Keeps what is written to `console.error` while the body runs. */
export async function withErrorsKept(body: () => Promise<void>): Promise<unknown[][]> {
  const kept: unknown[][] = [];
  const original = console.error;
  console.error = (...args: unknown[]) => void kept.push(args);
  try {
    await body();
  } finally {
    console.error = original;
  }
  return kept;
}
