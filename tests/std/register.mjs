/**
 * Node's way to the packages that the tests import: `node --import ./tests/std/register.mjs file_test.ts`.
 *
 * `@loop/asyncio` is the checkout and `@std/*` are the stand-ins, as their `deno.json` files say. `hono` comes from
 * the folder that the environment variable LOOP_ASYNCIO_NODE_PACKAGES names: it lies outside the checkout, since a
 * node_modules folder in it would stop Bun from installing what is imported.
 */

import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = new URL("../../", import.meta.url);
const folders = ["./", "./tests/std/assert/", "./tests/std/async/", "./tests/std/testing/"];

/** Where each specifier leads. */
const known = new Map();
for (const folder of folders.map((path) => new URL(path, root))) {
  const { name, exports } = JSON.parse(readFileSync(new URL("deno.json", folder), "utf8"));
  for (const [path, file] of Object.entries(exports)) known.set(name + path.slice(1), new URL(file, folder).href);
}

const packages = process.env.LOOP_ASYNCIO_NODE_PACKAGES;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const url = known.get(specifier);
    if (url) return nextResolve(url, context);
    if (packages && /^hono($|\/)/.test(specifier)) {
      return nextResolve(specifier, { ...context, parentURL: pathToFileURL(join(packages, "package.json")).href });
    }
    return nextResolve(specifier, context);
  },
});
