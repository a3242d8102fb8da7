/**
 * Runs a command to its end and prints the processor time that it took, in milliseconds: `bun cpu.ts COMMAND ARG...`. Of the
 * runtimes only Bun tells the processor time of another process, to the microsecond.
 */
import { argv, exit } from "node:process";
import { bun } from "../harness/bun.ts";

const command = argv.slice(2);
const { exitCode, resourceUsage } = bun.spawnSync(command, { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
if (exitCode !== 0) {
  console.error(`Cannot measure ${command.join(" ")}: it ended with code ${exitCode}.`);
  exit(1);
}
console.log(Number(resourceUsage.cpuTime.total) / 1_000);
