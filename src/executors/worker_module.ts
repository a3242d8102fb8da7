/**
 * Where the module is that a worker loads.
 *
 * @module
 */
import { NotSupportedError } from "../core/errors.ts";

/**
 * Never called. What JSR serves to npm, and what a compiled program holds, are the modules that an import leads to: without this one the
 * worker's would be missing there.
 */
export const shipped = (): unknown => false && import("./worker.ts");

/** What a program does that was bundled. */
export const WHAT_TO_SHIP =
  'Bundle a second file, with `import "@loop/asyncio/worker";` and the functions that are called, ship it beside ' +
  'the first, and name it: new WorkerPool({ worker: new URL("./worker.js", import.meta.url) }), for toThread() as ' +
  "loop.setDefaultExecutor(pool).";

/**
 * The URL of the worker's module, which lies beside this one. What JSR serves to Node and Bun are `.js` files, and only imports are rewritten.
 *
 * @param self the URL of this module; in a bundle that is the bundle's, or nothing
 * @throws {NotSupportedError} if the program was bundled, so that the module lies nowhere
 */
export function workerModule(self: string | undefined = import.meta.url): URL {
  const [, extension] = /\/worker_module(\.[cm]?[jt]s)(?:$|[?#])/.exec(self ?? "") ?? [];
  if (extension !== undefined) return new URL(`./worker${extension}`, self);
  throw new NotSupportedError(
    "Cannot start a worker: this program was bundled, and what its threads load is no file of its own any more. " +
      WHAT_TO_SHIP,
  );
}
