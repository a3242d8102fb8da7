/**
 * Packages of npm that tests use on every runtime.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { env } from "node:process";

/** Where what the tests install is kept: outside the checkout, where no resolution of modules comes past. */
export function cacheFolder(): string {
  return join(env.XDG_CACHE_HOME || join(env.HOME ?? env.USERPROFILE ?? "/tmp", ".cache"), "loop-asyncio");
}

/** Where what package.json asks for is installed. Another list has another folder, so that checkouts side by side leave each other alone. */
export function packagesFolder(): string {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  const digest = createHash("sha256").update(JSON.stringify([dependencies, devDependencies])).digest("hex");
  return join(cacheFolder(), `packages-${digest.slice(0, 12)}`);
}

/**
 * Loads a package, or a file of one, from where the test task has installed it. No import does that: Bun has something of its own in place of
 * some packages, and Node would look in the checkout.
 */
export function load<T>(file: string): T {
  const folder = packagesFolder();
  try {
    return createRequire(join(folder, "package.json"))(join(folder, "node_modules", file)) as T;
  } catch (cause) {
    const how = "run the tests by deno task test, which installs it";
    throw new Error(`Cannot load ${file} from ${folder}: ${how}.`, { cause });
  }
}
