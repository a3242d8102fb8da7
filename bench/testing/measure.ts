/**
 * Measures one thing of `./testing`: `measure.ts WHAT COUNT` does it about so often and prints milliseconds: for `hour` of so many tasks that each
 * sleep a second 3,600 times, for `network` of so many runs of a server and its clients, for the others of so many runs of a program of 20 tasks.
 */
import { argv } from "node:process";
import {
  type Coroutine,
  createTask,
  gather,
  openConnection,
  sleep,
  startServer,
  type StreamReader,
  type StreamWriter,
} from "../../mod.ts";
import { explore, runVirtual, SimulatedNetwork } from "../../src/testing/mod.ts";

const [what, countText] = argv.slice(2) as [string, string];
const count = Number(countText);
/** The tasks of an explored program, with main. */
const TASKS = 20;
/** The clients of a server on a simulated network. */
const CLIENTS = 5;
const LINE = new TextEncoder().encode("hello\n");

const measured: Record<string, () => Promise<unknown>> = {
  hour: () =>
    runVirtual(function* () {
      const sleepers = Array.from({ length: count }, () =>
        createTask(function* () {
          for (let second = 0; second < 3_600; second++) yield* sleep(1_000);
        }));
      for (const sleeper of sleepers) yield* sleeper;
    }),
  coroutines: () =>
    explore(function* () {
      const tasks = Array.from({ length: TASKS - 1 }, () =>
        createTask(function* () {
          for (let step = 0; step < 3; step++) yield* sleep(step);
        }));
      for (const task of tasks) yield* task;
    }, { seeds: count }),
  "async functions": () =>
    explore(async () => {
      const tasks = Array.from({ length: TASKS - 1 }, () =>
        createTask(async () => {
          for (let step = 0; step < 3; step++) await sleep(step);
        }));
      for (const task of tasks) await task;
    }, { seeds: count }),
  network: async () => {
    for (let seed = 0; seed < count; seed++) {
      const network = new SimulatedNetwork({ seed });
      await runVirtual(function* () {
        const server = yield* startServer(echo, "0.0.0.0", 7);
        yield* gather(Array.from({ length: CLIENTS }, () => client()));
        server.close();
        yield* server.waitClosed();
      }, { network });
    }
  },
};

function* echo(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  for (;;) {
    const line = yield* reader.readline();
    if (line.length === 0) break;
    writer.write(line);
  }
  writer.close();
}

function* client(): Coroutine<void> {
  const [reader, writer] = yield* openConnection("main", 7);
  for (let i = 0; i < 10; i++) {
    writer.write(LINE);
    yield* reader.readline();
  }
  writer.close();
  yield* writer.waitClosed();
}

const start = performance.now();
await measured[what]!();
console.log(performance.now() - start);
