/**
 * Measures how long it takes to tell of many tasks: `measure_dump.ts SHAPE COUNT` makes so many that wait, and prints the milliseconds of the second
 * dump as text: the first one compiles it.
 */
import { argv } from "node:process";
import { type Coroutine, createTask, Event, run, sleep, type Task, taskGroup } from "../../mod.ts";
import { formatTasks } from "../../src/inspect/mod.ts";

const [shape, text] = argv.slice(2) as [string, string];
const count = Number(text);
const event = new Event();

function* waits(): Coroutine<void> {
  yield* event.wait();
}

async function waitsToo(): Promise<void> {
  await event.wait();
}

function* waitsFor(task: Task<void>): Coroutine<void> {
  yield* task;
}

/** Makes the tasks, and calls back when they wait. */
const shapes: Record<string, (ready: () => void) => Coroutine<void>> = {
  *coroutines(ready) {
    for (let i = 0; i < count; i++) createTask(waits);
    yield* sleep(1);
    ready();
  },
  *functions(ready) {
    for (let i = 0; i < count; i++) createTask(waitsToo);
    yield* sleep(1);
    ready();
  },
  *group(ready) {
    yield* taskGroup(function* (group) {
      for (let i = 0; i < count; i++) group.createTask(waits);
      yield* sleep(1);
      ready();
    });
  },
  *chain(ready) {
    let task = createTask(waits);
    for (let i = 1; i < count; i++) task = createTask(waitsFor(task));
    yield* sleep(1);
    ready();
  },
};

await run(function* () {
  yield* shapes[shape]!(() => {
    formatTasks();
    const began = performance.now();
    const lines = formatTasks().split("\n").length;
    const took = performance.now() - began;
    if (lines < count) throw new Error(`Of ${count} tasks there are ${lines} lines.`);
    console.log(took);
    event.set();
  });
});
