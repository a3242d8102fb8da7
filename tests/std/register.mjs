/**
 * How Node and Bun find the packages that the tests import:
 * `node --import ./tests/std/register.mjs file_test.ts` and `bun test --preload ./tests/std/register.mjs ./file_test.ts`.
 *
 * On Node, `@loop/asyncio` is the checkout and `@std/*` are the stand-ins, as their `deno.json` files say; Bun has
 * that from package.json and tsconfig.json. `hono` and `@opentelemetry/api` come on both from the folder that the environment variable LOOP_ASYNCIO_PACKAGES
 * names: `bun test` installs nothing by itself, and a node_modules folder in the checkout would be found by everybody.
 */

import { existsSync, readFileSync } from "node:fs";
import * as module from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const packages = process.env.LOOP_ASYNCIO_PACKAGES;

if (process.versions.bun) registerOnBun();
else registerOnNode();

function registerOnNode() {
  const known = checkout();
  module.registerHooks({
    resolve(specifier, context, nextResolve) {
      const url = known.get(specifier);
      if (url) return nextResolve(url, context);
      if (packages && /^(hono|@opentelemetry\/api)($|\/)/.test(specifier)) {
        return nextResolve(specifier, { ...context, parentURL: pathToFileURL(join(packages, "package.json")).href });
      }
      return nextResolve(specifier, context);
    },
  });
}

/** Where the specifiers lead that have their place in the checkout. */
function checkout() {
  const root = new URL("../../", import.meta.url);
  const known = new Map();
  for (const path of ["./", "./tests/std/assert/", "./tests/std/async/", "./tests/std/testing/"]) {
    const folder = new URL(path, root);
    const { name, exports } = JSON.parse(readFileSync(new URL("deno.json", folder), "utf8"));
    for (const [entry, file] of Object.entries(exports)) known.set(name + entry.slice(1), new URL(file, folder).href);
  }
  return known;
}

function registerOnBun() {
  if (!packages) return;
  const fromPackages = module.createRequire(join(packages, "package.json"));
  // Plugins that resolve are not asked about the imports of a test file; modules that they define are found.
  globalThis.Bun.plugin({
    name: "packages",
    setup(build) {
      for (const name of entriesOf("hono")) {
        build.module(name, async () => {
          const path = globalThis.Bun.resolveSync(name, packages);
          return { loader: "object", exports: await import(path) };
        });
      }
      // The SDK requires it, which no module can be that is there later.
      for (const name of entriesOf("@opentelemetry/api")) {
        const path = globalThis.Bun.resolveSync(name, packages);
        build.module(name, () => ({ loader: "object", exports: { ...fromPackages(path) } }));
      }
    },
  });
}

/** What a package of the folder lets others import; nothing if it is not there. */
function entriesOf(name) {
  const file = join(packages, "node_modules", name, "package.json");
  if (!existsSync(file)) return [];
  const { exports } = JSON.parse(readFileSync(file, "utf8"));
  const names = Object.keys(exports).map((entry) => name + entry.slice(1));
  return names.filter((entry) => !entry.includes("*") && !entry.endsWith(".json"));
}
