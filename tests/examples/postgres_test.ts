import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ended } from "../ended.ts";
import { freePort } from "../free_port.ts";
import { within } from "../within.ts";
import { installedExample, runIn } from "./installed.ts";

/** Where Debian has the programs of the newest server; null where there is none. */
const programs = (() => {
  const folder = "/usr/lib/postgresql";
  const newest = existsSync(folder) ? readdirSync(folder).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  return newest === undefined ? null : join(folder, newest, "bin");
})();

/** The server refuses to run as root, and has a user of its own where it is installed. */
const user = process.getuid?.() === 0 ? idOf("postgres") : null;
const can = programs !== null && (process.getuid?.() !== 0 || user !== null);
if (!can) console.log("There is no PostgreSQL here: the example of a database is not tried.");

function idOf(name: string): number | null {
  const { status, stdout } = spawnSync("id", ["-u", name], { encoding: "utf8" });
  return status === 0 ? Number(stdout) : null;
}

function asUser(program: string, args: readonly string[]): [string, string[]] {
  const path = join(programs!, program);
  return user === null ? [path, [...args]] : ["runuser", ["-u", "postgres", "--", path, ...args]];
}

/** Calls back with the address of a new server, which ends afterwards. */
async function withServer<T>(use: (url: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "postgres-"));
  try {
    if (user !== null) await chown(folder, user, 0);
    const data = join(folder, "data");
    const made = await ended(...asUser("initdb", ["-D", data, "-A", "trust", "-U", "postgres", "--no-sync"]));
    assertEquals([made.code, made.errors], [0, ""]);
    const port = await freePort();
    const args = ["-D", data, "-p", `${port}`, "-h", "127.0.0.1", "-k", folder, "-F"];
    const server = spawn(...asUser("postgres", args), { stdio: ["ignore", "ignore", "pipe"] });
    const over = once(server, "close");
    try {
      let said = "";
      const ready = async () => {
        while (!said.includes("ready to accept")) said += String((await once(server.stderr, "data"))[0]);
      };
      await within(Promise.race([ready(), over]), "the start of PostgreSQL", () => said);
      server.stderr.resume();
      return await use(`postgres://postgres@127.0.0.1:${port}/postgres`);
    } finally {
      // By its own tool: runuser would have to pass a signal on.
      await ended(...asUser("pg_ctl", ["stop", "-D", data, "-m", "immediate"]));
      await within(over, "the end of PostgreSQL");
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe("The example of a database", { ignore: !can }, () => {
  it("makes queries at once, rolls a cancelled transaction back, and has the server stop a cancelled query", async () => {
    await withServer((url) =>
      installedExample("postgres", async (folder) => {
        const { code, output, errors } = await runIn(folder, "main.ts", { DATABASE_URL: url });
        assertEquals([code, errors, output.trim().split("\n")], [0, "", [
          "1 2 3",
          "balance after a transaction that was cancelled: 100",
          "too slow, and the server runs 0 queries of this program",
        ]]);
      })
    );
  });
});
