/**
 * A group of processes that is looked after: so many of one command run at any time. One that ends is started again, after a pause that
 * doubles each time that it did not last; Ctrl-C or SIGTERM ends them all, in order.
 *
 * ```sh
 * deno run --allow-run --allow-env examples/process_pool.ts 3 sh -c 'echo "worker $WORKER"; sleep 2; exit 1'
 * bun run examples/process_pool.ts 3 sh -c 'echo "worker $WORKER"; sleep 2; exit 1'
 * node examples/process_pool.ts 3 sh -c 'echo "worker $WORKER"; sleep 2; exit 1'
 * ```
 *
 * Each process knows its number as the variable WORKER, and what it prints is printed line by line, with that number. The first pause is 100
 * milliseconds and the longest 10 seconds; a process that ran for 5 seconds counts as healthy. After 5 attempts in a row that did not last
 * the pool gives up and ends with code 1; at once, if there is no such program. Each process is a group of its own, so that Ctrl-C reaches the
 * pool alone, and has nothing to read.
 *
 * @module
 */
import process from "node:process";
import {
  type Coroutine,
  createSubprocessExec,
  DEVNULL,
  ExceptionGroup,
  forEach,
  getRunningLoop,
  main,
  OSError,
  PIPE,
  sleep,
  taskGroup,
  use,
} from "@loop/asyncio";

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;
const HEALTHY = 5_000;
const ATTEMPTS = 5;
/** What may pass: there are too few descriptors or processes or too little memory, or the program is being written. */
const PASSING = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM", "ETXTBSY"];

/** What a process that will not stay up ends the pool with. */
class GivenUp extends Error {}

const decoder = new TextDecoder();

/** One process from its start to its end; what it prints is passed on. Gives how it ended. */
function* once(name: string, program: string, args: string[]): Coroutine<string> {
  const env = { ...process.env, WORKER: name } as Record<string, string>;
  const options = { stdin: DEVNULL, stdout: PIPE, env, processGroup: true } as const;
  return yield* use(createSubprocessExec(program, args, options), function* (child) {
    console.log(`[${name}] started as ${child.pid}`);
    yield* forEach(child.stdout, function* (line) {
      console.log(`[${name}] ${decoder.decode(line).trimEnd()}`);
    });
    const code = yield* child.wait();
    return code < 0 ? `was ended by signal ${-code}` : `ended with code ${code}`;
  });
}

/** Keeps one process running. */
function* supervise(name: string, program: string, args: string[]): Coroutine<never> {
  const loop = getRunningLoop();
  let pause = FIRST_PAUSE;
  let attempts = 0;
  for (;;) {
    const start = loop.time();
    let end: string;
    try {
      end = yield* once(name, program, args);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      if (!PASSING.includes(error.code)) throw new GivenUp(`[${name}] ${error.message}`);
      end = `could not be started (${error.code})`;
    }
    if (loop.time() - start >= HEALTHY) {
      pause = FIRST_PAUSE;
      attempts = 0;
    }
    if (++attempts === ATTEMPTS) throw new GivenUp(`[${name}] ${end}, for the ${ATTEMPTS}th time in a row`);
    console.log(`[${name}] ${end}, starts again in ${pause} ms`);
    yield* sleep(pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}

const [, , size = "", program, ...args] = process.argv;
if (!/^[1-9]\d*$/.test(size) || !program) {
  console.error("Usage: process_pool.ts SIZE PROGRAM [ARGUMENT...]");
  process.exit(2);
}

main(function* () {
  try {
    yield* taskGroup(function* (group) {
      for (let i = 1; i <= Number(size); i++) {
        group.createTask(supervise(String(i), program, args), { name: `worker ${i}` });
      }
      yield* sleep(Infinity);
    });
  } catch (error) {
    if (!(error instanceof ExceptionGroup)) throw error;
    const [given, rest] = error.split(GivenUp);
    if (rest !== null) throw rest;
    for (const failure of given?.errors ?? []) console.error((failure as Error).message);
    return 1;
  }
});
