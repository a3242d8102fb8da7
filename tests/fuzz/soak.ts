/**
 * Mixed traffic for a while: clients that do what they should, clients that do not, and processes full of both that are killed, stopped and let go
 * on. Says what the target had before and has afterwards.
 *
 * ```sh
 * deno task soak --seconds 600 --runtime node
 * ```
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkService } from "./good_clients.ts";
import { Random } from "./random.ts";
import { COMMANDS, HERE, type RuntimeName, type Stats, Subject } from "./subject.ts";

/** How many processes of clients there are at once. */
const CROWDS = 3;
/** Milliseconds in which the target has to get over them. */
const PATIENCE = 15_000;

const traffic = fileURLToPath(new URL("traffic.ts", import.meta.url));
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What was done to the clients, and how often. */
const done = { killed: 0, stopped: 0, served: 0 };

/** Starts clients again and again, and ends them as nobody should. */
async function crowd(subject: Subject, random: Random, isOver: () => boolean): Promise<void> {
  const [program, ...args] = COMMANDS[HERE];
  while (!isOver()) {
    const seed = random.below(1_000_000);
    const command = [...args, traffic, JSON.stringify(subject.ports), String(seed)];
    const child: ChildProcess = spawn(program as string, command, { stdio: ["pipe", "ignore", "inherit"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await pause(random.between(500, 4_000));
    for (let times = random.below(3); times > 0; times--) {
      signal(child, "SIGSTOP");
      done.stopped++;
      await pause(random.between(200, 4_000));
      signal(child, "SIGCONT");
      await pause(random.between(0, 1_500));
    }
    signal(child, "SIGKILL");
    done.killed++;
    await ended;
  }
}

/** Not by kill() of the child: on Deno that takes any signal for the end of it. */
function signal(child: ChildProcess, name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
  try {
    process.kill(child.pid as number, name);
  } catch {
    // It has ended by itself.
  }
}

/** Whether descriptors are lost that Deno loses: see docs/limits.md. */
function isKept(runtime: RuntimeName, before: Stats, after: Stats): boolean {
  return runtime === "deno" && after.descriptors > before.descriptors;
}

/** A report without what differs from one client to the next. */
function kindOf(report: string): string {
  const [line = ""] = report.split("\n", 1);
  return line.replaceAll(/\b[A-Z]+ \/\w*/g, "METHOD /path").replaceAll(/:\d+/g, ":port").slice(0, 200);
}

function describe(when: string, { descriptors, tasks, pending, rss, heap }: Stats): string {
  const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  return `${when}: ${descriptors} descriptors, ${tasks.length} tasks, ${pending} pending, memory ${
    megabytes(rss)
  }, heap ${megabytes(heap)}`;
}

/** Traffic for a while on one runtime. Says whether everything is back. */
async function soak(runtime: RuntimeName, seconds: number, seed: number): Promise<boolean> {
  const subject = await Subject.start(runtime);
  const reports = new Map<string, number>();
  const ask = async () => {
    const stats = await subject.stats();
    for (const [report, times] of stats.reports) {
      const kind = kindOf(report);
      reports.set(kind, (reports.get(kind) ?? 0) + times);
    }
    return stats;
  };
  try {
    await checkService(subject.ports);
    const before = await ask();
    console.log(`${runtime}: ${seconds} seconds, seed ${seed}`);
    console.log(describe("  before", before));
    const start = performance.now();
    const isOver = () => performance.now() - start > seconds * 1_000 || subject.over !== null;
    const watch = async () => {
      for (let told = 0; !isOver();) {
        await checkService(subject.ports);
        done.served++;
        await pause(500);
        if (performance.now() - start < (told + 1) * 30_000) continue;
        console.log(describe(`  after ${++told * 30} s`, await ask()));
      }
    };
    const crowds = Array.from({ length: CROWDS }, (_, i) => crowd(subject, new Random(seed, i), isOver));
    await Promise.all([watch(), ...crowds]);
    let after = await ask();
    const isBack = () =>
      after.pending === 0 && after.tasks.length === before.tasks.length &&
      (after.descriptors <= before.descriptors || isKept(runtime, before, after));
    for (let waited = 0; !isBack() && waited < PATIENCE; waited += 200) {
      await pause(200);
      after = await ask();
    }
    await checkService(subject.ports);
    after = await ask();
    console.log(describe("  after", after));
    console.log(`  most memory ${(subject.peak() / 1024 / 1024).toFixed(1)} MB; crowds ${JSON.stringify(done)}`);
    for (const [report, times] of reports) console.log(`  reported ${times} times: ${report}`);
    if (!isBack()) console.log(`  NOT BACK: ${after.tasks.join("\n    ")}`);
    const end = await subject.close(isKept(runtime, before, after));
    console.log(
      `  closed, ${end}${subject.errors === "" ? "" : `; it has complained: ${subject.errors.slice(0, 2_000)}`}`,
    );
    return isBack() && end === "code 0, signal null";
  } finally {
    await subject.kill();
  }
}

const { values } = parseArgs({
  options: {
    runtime: { type: "string", multiple: true },
    seconds: { type: "string", default: "60" },
    seed: { type: "string" },
  },
});
for (const runtime of (values.runtime ?? ["deno", "bun", "node"]) as RuntimeName[]) {
  done.killed = done.stopped = done.served = 0;
  try {
    if (!await soak(runtime, Number(values.seconds), Number(values.seed ?? Date.now() % 1_000_000))) {
      process.exitCode = 1;
    }
  } catch (error) {
    console.error(`${runtime}: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
process.exit();
