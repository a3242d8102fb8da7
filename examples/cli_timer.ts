/**
 * Kitchen timers in the terminal: a live table of tasks. Each timer is a task of a group, whose body draws them. Ctrl-C stops them all,
 * and the program ends with code 130.
 *
 * ```sh
 * deno run examples/cli_timer.ts tea=3 eggs=5.5
 * bun run examples/cli_timer.ts tea=3 eggs=5.5
 * node examples/cli_timer.ts tea=3 eggs=5.5
 * ```
 *
 * Times are seconds. Where the output is no terminal there is no table, and a line for each timer that is done.
 *
 * @module
 */
import process from "node:process";
import { type Coroutine, getRunningLoop, main, sleep, type Task, taskGroup } from "@loop/asyncio";

/** How often the table is drawn, in milliseconds. */
const FRAME = 100;
const WIDTH = 30;

interface Timer {
  readonly name: string;
  readonly time: number;
}

function* ring({ name, time }: Timer): Coroutine<void> {
  yield* sleep(time);
  if (!process.stdout.isTTY) console.log(`${name} is done`);
}

function row({ name, time }: Timer, task: Task<void>, passed: number): string {
  const part = task.done() ? 1 : Math.min(passed / time, 1);
  const bar = "#".repeat(Math.floor(part * WIDTH)).padEnd(WIDTH, ".");
  return `${name.padEnd(12)} [${bar}] ${task.done() ? "done" : `${((time - passed) / 1_000).toFixed(1)} s`}`;
}

/** Draws the table over the last one, until every timer is done. */
function* draw(timers: readonly Timer[], tasks: readonly Task<void>[]): Coroutine<void> {
  const loop = getRunningLoop();
  const start = loop.time();
  try {
    process.stdout.write("\x1b[?25l"); // no cursor
    for (;;) {
      const rows = timers.map((timer, i) => `\x1b[2K${row(timer, tasks[i]!, loop.time() - start)}\n`);
      process.stdout.write(rows.join(""));
      if (tasks.every((task) => task.done())) return;
      yield* sleep(FRAME);
      process.stdout.write(`\x1b[${timers.length}A`);
    }
  } finally {
    process.stdout.write("\x1b[?25h");
  }
}

const USAGE = "Usage: cli_timer.ts NAME=SECONDS...";

main(function* () {
  const words = process.argv.slice(2);
  if (words.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const timers = words.map((word): Timer => {
    const [name = "", seconds] = word.split("=");
    return { name, time: Number(seconds) * 1_000 };
  });
  if (timers.length === 0 || timers.some(({ name, time }) => name === "" || !(time >= 0 && time < 1e9))) {
    console.error(USAGE);
    return 2;
  }
  yield* taskGroup(function* (group) {
    const tasks = timers.map((timer) => group.createTask(ring(timer), { name: timer.name }));
    if (process.stdout.isTTY) yield* draw(timers, tasks);
  });
  return 0;
});
