/**
 * A registry on this machine, as JSR is one: for Deno by `JSR_URL`, and for npm as the registry of the scope `@jsr`. It has this package, and
 * the stand-ins for `@std`.
 *
 * @module
 */
import { filesBelow } from "../run/files.ts";
import { ended } from "../ended.ts";

const root = new URL("../../", import.meta.url);

/** A package that is served: its files by their paths, and what its `deno.json` says. */
interface Package {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, string>;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** What npm installs with it: the packages of npm that it imports. */
  readonly dependencies: Record<string, string>;
}

interface Config {
  readonly name: string;
  readonly version: string;
  readonly exports: Record<string, string>;
  readonly imports?: Record<string, string>;
}

/** As `deno publish` does it: the names of `imports` are those of packages, for nobody else has that list. */
function unfurled(code: Uint8Array<ArrayBuffer>, imports: Record<string, string>): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(code).replace(
    /((?:from|import\()\s*)"((?:@[\w-]+\/)?[\w-]+)(\/[\w/-]+)?"/g,
    (whole, how, name, rest = "") => name in imports ? `${how}"${imports[name]}${rest}"` : whole,
  );
  return new TextEncoder().encode(text);
}

async function readPackage(folder: string, paths: readonly string[]): Promise<Package> {
  const { name, version, exports, imports = {} }: Config = JSON.parse(await Deno.readTextFile(`${folder}/deno.json`));
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const path of paths) files.set(`/${path}`, unfurled(await Deno.readFile(`${folder}/${path}`), imports));
  const npm = Object.values(imports).map((one) => /^npm:(.+)@([^@]+)$/.exec(one)).filter((found) => found !== null);
  const dependencies = Object.fromEntries(npm.map(([, one, range]) => [one!, range!]));
  return { name, version, exports, files, dependencies };
}

/** What JSR publishes of this checkout: what the entry points lead to is below `src/`. */
async function thisPackage(): Promise<Package> {
  const folder = root.pathname.replace(/\/$/, "");
  const sources = (await filesBelow(`${folder}/src`, ".ts")).map((path) => path.slice(folder.length + 1));
  return await readPackage(folder, ["mod.ts", "deno.json", ...sources]);
}

async function standIn(name: string): Promise<Package> {
  const folder = new URL(`tests/std/${name}`, root).pathname;
  const sources = (await filesBelow(folder, ".ts")).map((path) => path.slice(folder.length + 1));
  return await readPackage(folder, ["deno.json", ...sources]);
}

async function sha(algorithm: "SHA-1" | "SHA-256", bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, bytes)).toHex();
}

/** Packs the checkout as JSR does for npm. */
async function pack(): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir();
  try {
    const tarball = `${folder}/package.tgz`;
    const flags = ["--allow-dirty", "--no-source-maps", "--quiet", "--config", "deno.offline.json"];
    const options = { cwd: root.pathname, patience: 120_000 };
    const { code, errors } = await ended(Deno.execPath(), ["pack", ...flags, "--output", tarball], options);
    if (code !== 0) throw new Error(`Cannot pack: ${errors}`);
    return await Deno.readFile(tarball);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The registry while it serves. */
export class Registry {
  readonly #packages: readonly Package[];
  /** Packed when npm first asks for it. */
  #tarball: Promise<Uint8Array<ArrayBuffer>> | undefined;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(packages: readonly Package[]) {
    this.#packages = packages;
    const quiet = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
    this.#server = Deno.serve(quiet, (request) => this.#answer(new URL(request.url)));
  }

  /** Reads the packages, and begins to serve. */
  static async serve(): Promise<Registry> {
    return new Registry(await Promise.all([thisPackage(), ...["assert", "async", "testing"].map(standIn)]));
  }

  /** Where it is, with a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer({ pathname }: URL): Promise<Response> {
    const path = decodeURIComponent(pathname);
    const [, name = "", rest = ""] = /^\/(@[\w-]+\/[\w-]+)\/?(.*)$/.exec(path) ?? [];
    if (name === "@jsr/loop__asyncio") {
      {
        return rest === "" ? Response.json(await this.#packument()) : new Response(await this.#packed());
      }
    }
    const found = this.#packages.find((one) => one.name === name);
    if (found === undefined) return new Response("there is no such package", { status: 404 });
    const { version, exports, files } = found;
    if (rest === "meta.json") {
      const [scope, plain] = name.slice(1).split("/");
      return Response.json({ scope, name: plain, latest: version, versions: { [version]: {} } });
    }
    if (rest === `${version}_meta.json`) {
      const manifest: Record<string, { size: number; checksum: string }> = {};
      for (const [file, bytes] of files) {
        manifest[file] = { size: bytes.length, checksum: `sha256-${await sha("SHA-256", bytes)}` };
      }
      return Response.json({ manifest, exports });
    }
    const bytes = files.get(rest.slice(version.length));
    if (bytes === undefined || !rest.startsWith(`${version}/`)) {
      return new Response("there is no such file", { status: 404 });
    }
    return new Response(bytes, {
      headers: { "content-type": rest.endsWith(".ts") ? "text/typescript" : "application/json" },
    });
  }

  #packed(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#tarball ??= pack();
  }

  /** The package as npm asks for it. */
  async #packument(): Promise<unknown> {
    const name = "@jsr/loop__asyncio";
    const [{ version, dependencies }] = this.#packages as [Package];
    const dist = { tarball: `${this.url}${name}/${version}.tgz`, shasum: await sha("SHA-1", await this.#packed()) };
    return { name, "dist-tags": { latest: version }, versions: { [version]: { name, version, dist, dependencies } } };
  }
}
