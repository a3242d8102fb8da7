/**
 * Tools and packages that only these tests need. They are kept outside of the checkout, and come from npm once.
 *
 * @module
 */
import { cacheFolder } from "../packages.ts";
import { commandOutput } from "./program_output.ts";

/** What npm is asked for, with the exact versions. */
export type Wanted = Readonly<Record<string, string>>;

/** A folder whose node_modules holds what was asked for. */
export class Tools {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Installs them, unless they are there; null if npm cannot, since there is none or it reaches nobody. */
  static async install(name: string, wanted: Wanted): Promise<Tools | null> {
    const manifest = JSON.stringify({ private: true, type: "module", dependencies: wanted });
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(manifest)));
    // Another version of this list has another folder, so that checkouts side by side leave each other alone.
    const folder = `${cacheFolder()}/tools/${name}-${digest.subarray(0, 6).toHex()}`;
    if (await exists(folder)) return new Tools(folder);
    await Deno.mkdir(`${cacheFolder()}/tools`, { recursive: true });
    const making = await Deno.makeTempDir({ dir: `${cacheFolder()}/tools` });
    await Deno.writeTextFile(`${making}/package.json`, manifest);
    try {
      const { success } = await new Deno.Command("npm", {
        args: ["install", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd: making,
        stdin: "null",
      }).output();
      if (!success) throw new Error("npm failed");
      await Deno.rename(making, folder);
      return new Tools(folder);
    } catch (error) {
      await Deno.remove(making, { recursive: true });
      // Another run may have been faster.
      if (await exists(folder)) return new Tools(folder);
      console.error(`Cannot install what the tests of ${name} need: ${error}`);
      return null;
    }
  }

  /** The path of a package's file. */
  file(path: string): string {
    return `${this.#folder}/node_modules/${path}`;
  }

  /** The path of a package's command. */
  command(name: string): string {
    return this.file(`.bin/${name}`);
  }

  /** Makes a folder for a program that finds these packages, and removes it after the test. */
  async project(test: (folder: string) => Promise<void>): Promise<void> {
    const folder = await Deno.makeTempDir({ dir: this.#folder, prefix: "project-" });
    try {
      await Deno.writeTextFile(`${folder}/package.json`, '{ "type": "module" }');
      await test(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }

  /** Runs a package's command in a folder, and gives all that it wrote and its exit code. */
  async run(folder: string, name: string, ...args: string[]): Promise<string> {
    return await commandOutput(folder, this.command(name), args);
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
