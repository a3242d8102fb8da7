/**
 * Writes the statements that hold no others: those that await something, each with its one `await`, and the rest,
 * which are calls of what the interpreter does.
 *
 * @module
 */
import { operations } from "../statements/all.ts";

const GeneratorFunction = Object.getPrototypeOf(function* () {}).constructor;

const text = (value: unknown): string => JSON.stringify(value ?? null);

/** Writes a method of an object that is awaited, and what is said when it is over. */
function method(name: string, args: (...args: unknown[]) => string, said: (...args: unknown[]) => string): Write {
  return (wait, object, ...rest) =>
    `const value = ${wait} m.objects.get(${text(object)}).${name}(${args(...rest)});\nm.say(${
      said(object, ...rest)
    });\n`;
}

/** Writes a method that says nothing. */
function silent(name: string): Write {
  return (wait, object) => `${wait} m.objects.get(${text(object)}).${name}();\n`;
}

const none = () => "";
const first = (value: unknown) => text(value);

/** Writes what waits for a spec, which is skipped if it names nothing. */
function ofSpec(spec: unknown, call: string, said: string): string {
  return `if (m.exists(${text(spec)})) {\nconst value = ${call};\nm.say("${said} " + show(value));\n}\n`;
}

function separators(separator: unknown): string {
  return typeof separator === "string" ? `encode(${text(separator)})` : `${text(separator)}.map(encode)`;
}

type Write = (wait: string, ...args: unknown[]) => string;

const WAITS: Readonly<Record<string, Write>> = {
  sleep: (wait, delay) => `${wait} asyncio.sleep(${text(delay)});\n`,
  await: (wait, name) =>
    `const value = ${wait} m.future(${text(name)});\nm.say(${text(`${name} = `)} + show(value));\n`,
  call: (wait, name) =>
    `const value = ${wait} coroutines[${text(name)}]();\nm.say(${text(`${name}() = `)} + show(value));\n`,

  gather: (wait, specs, returnExceptions) =>
    `const values = ${wait} asyncio.gather(m.awaitables(${text(specs)}), ` +
    `{ returnExceptions: ${text(returnExceptions)} });\nm.say("gathered " + show(values));\n`,
  wait: (wait, names, timeout, mode) =>
    `const futures = boundFutures(m, ${text(names)});\nif (futures.size > 0) {\n` +
    `const both = ${wait} asyncio.wait([...futures.values()], ` +
    `{ timeout: ${text(timeout)}, returnWhen: MODES.${mode} });\nsayWaited(m, futures, both);\n}\n`,
  wait_for: (wait, spec, timeout) =>
    ofSpec(spec, `${wait} asyncio.waitFor(m.awaitable(${text(spec)}), ${text(timeout)})`, "waited"),
  shield: (wait, spec) => ofSpec(spec, `${wait} asyncio.shield(m.awaitable(${text(spec)}))`, "shielded"),
  as_completed: (wait, prefix, coroutines, timeout) =>
    `const tasks = spawnAll(m, ${text(prefix)}, ${text(coroutines)});\n` +
    `for (const next of asyncio.asCompleted(tasks, { timeout: ${text(timeout)} })) {\nlet shown;\n` +
    `try {\nshown = show(${wait} next);\n} catch (error) {\n` +
    `if (!(error instanceof E1 || error instanceof E2)) throw error;\nshown = showError(error);\n}\n` +
    `m.say("completed " + shown);\n}\n`,

  acquire: method("acquire", none, (name) => text(`acquired ${name}`)),
  event_wait: method("wait", none, (name) => text(`saw ${name}`)),
  condition_wait: method("wait", none, (name) => text(`notified ${name}`)),
  barrier_wait: method("wait", none, (name) => `${text(`passed ${name} as `)} + value`),
  barrier_abort: silent("abort"),
  barrier_reset: silent("reset"),
  put: method("put", first, (name, value) => `"put " + show(${text(value)}) + ${text(` in ${name}`)}`),
  get: method("get", none, (name) => `"got " + show(value) + ${text(` from ${name}`)}`),
  join: method("join", none, (name) => text(`joined ${name}`)),
  read: method("read", first, () => `"read " + show(value)`),
  readline: method("readline", none, () => `"readline " + show(value)`),
  readexactly: method("readexactly", first, () => `"readexactly " + show(value)`),
  readuntil: method("readuntil", separators, () => `"readuntil " + show(value)`),
};

/** The source text of a statement that holds no others; `wait` is what stands before an awaitable. */
export function writeWait(operation: string, args: readonly unknown[], wait: string): string {
  const write = WAITS[operation];
  if (write !== undefined) return write(wait, ...args);
  const known = operations[operation];
  if (known === undefined) return `throw new StepLimit(${text(`There is no statement ${operation}`)});\n`;
  // A coroutine of the interpreter would be one more function between the program and what it awaits.
  if (known instanceof GeneratorFunction) throw new Error(`The compiler does not know the statement ${operation}`);
  return `operations.${operation}(m, ...${text(args)});\n`;
}
