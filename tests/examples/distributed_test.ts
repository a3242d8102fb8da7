import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { freePort } from "../free_port.ts";
import { within } from "../within.ts";
import { installedExample, runIn } from "./installed.ts";

/** Runs the demo with a Redis of its own. */
async function demo(folder: string): Promise<{ code: unknown; lines: string[] }> {
  const port = await freePort();
  const redis = spawn("redis-server", ["--port", `${port}`, "--save", "", "--bind", "127.0.0.1"], { stdio: "pipe" });
  const redisEnded = once(redis, "close");
  try {
    let said = "";
    const failed = redisEnded.then(() => {
      throw new Error(`redis-server has ended: ${said}`);
    });
    // Its end is no failure later on.
    failed.catch(() => {});
    const ready = async () => {
      while (!said.includes("Ready to accept")) said += String((await once(redis.stdout, "data"))[0]);
    };
    await within(Promise.race([ready(), failed]), "redis-server", () => said);
    redis.stdout.resume();
    const env = { REDIS_URL: `redis://127.0.0.1:${port}` };
    const { code, output, errors } = await runIn(folder, "demo.ts", env);
    // Whether texts stand in single or double quotes is the runtime's business.
    return { code, lines: (output + errors).trim().replaceAll("'", '"').split("\n") };
  } finally {
    redis.kill();
    await within(redisEnded, "the end of redis-server");
  }
}

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;
if (!hasRedis) console.log("There is no redis-server here: the example of calls on other machines is not tried.");

describe("The executor over BullMQ", { ignore: !hasRedis }, () => {
  it("gives results, errors and progress, cancels, retries, and has the call of a killed worker made by another", async () => {
    const { code, lines } = await installedExample("distributed", demo);
    assertEquals({ code, lines }, {
      code: 0,
      lines: [
        "results: [ 4, 25, 168 ]",
        "map: [ 8, 10, 12 ]",
        "toThread: 15",
        'progress: [ "1 of 3", "2 of 3", "3 of 3" ] counted',
        "retries: succeeded after 2 failures",
        "error: RangeError It never succeeds. (with its stack)",
        "refused: Cannot load worker.ts: it is not one of the modules of this worker, functions.ts.",
        'cancelled: true [ "begun", "cancelled" ]',
        "killed: it ran again, in another process",
      ],
    });
  });
});
