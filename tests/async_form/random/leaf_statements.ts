/**
 * Statements of random programs that wait for one thing: time, the host, and what tasks share.
 *
 * @module
 */
import type { Place, Statement, Writer } from "./writer.ts";

const sleep: Statement = (writer, place) => {
  const delay = writer.numbers.pick(0, 0, 0, 0, 1, 1, 2, 5);
  return writer.wait(place, `sleep(${delay})`, `asyncio.sleep(${delay})`);
};

/** Promises that are nobody's: the function is not heard of for so many microtasks, or until the host comes back. */
const host: Statement = ({ numbers, ...writer }, place) => {
  const turn = `w.host("${numbers.pick("turn", "turn", "turn", "turns")}")`;
  if (place.form === "async") {
    const microtasks = `for (let i = 0; i < ${1 + numbers.below(16)}; i++) await null;\n`;
    return (numbers.chance(0.6) ? microtasks : `await ${turn};\n`) + "f.look();\n";
  }
  void writer;
  return null;
};

const hostByPromise: Statement = (writer, place) => {
  const turn = writer.numbers.pick(`w.host("turn")`, `(signal) => w.abortable(signal)`);
  return writer.wait(place, "fromPromise()", `asyncio.fromPromise(${turn})`);
};

/** A host API that is given the task's signal. */
const hostWithSignal: Statement = (_writer, place) => {
  if (place.form !== "async") return null;
  return `f.begin("host with signal");\ntry {\nawait w.abortable(f.signal());\n} ` +
    `catch (error) {\nf.threwOfHost(error);\nthrow error;\n}\nf.back();\n`;
};

const readSignal: Statement = () => "f.signal();\n";

/** How a lazy awaitable can be awaited: as it is, in a scope with a limit, or by a coroutine of one's own. */
function shape(writer: Writer, place: Place, awaitable: string): { awaitable: string; limited: boolean } {
  const { numbers } = writer;
  const limit = numbers.pick(0, 1, 1, 2, 3, 1000);
  switch (numbers.below(9)) {
    case 0:
    case 1:
      return { awaitable: `asyncio.waitFor(${awaitable}, ${limit})`, limited: true };
    case 2:
      return { awaitable: `asyncio.timeout(${limit}, () => ${awaitable})`, limited: true };
    case 3:
      return { awaitable: `asyncio.timeout(${limit}, async () => await ${awaitable})`, limited: true };
    case 4:
      return { awaitable: `asyncio.timeout(${limit}, function* () { return yield* ${awaitable}; })`, limited: true };
    case 5:
      return { awaitable: `asyncio.coroutine(function* () { return yield* ${awaitable}; })()`, limited: false };
    case 6:
      return { awaitable: `asyncio.coroutine(async () => await ${awaitable})()`, limited: false };
    case 7:
      if (place.form === "async") return { awaitable: `(async () => await ${awaitable})()`, limited: false };
  }
  return { awaitable, limited: false };
}

/** A wait that somebody could forget: counted while it lasts, if nothing limits it. */
function counted(
  writer: Writer,
  place: Place,
  what: string,
  awaitable: string,
  counter: string,
  into: string,
  then: string,
): string {
  const shaped = shape(writer, place, awaitable);
  if (shaped.limited) return writer.timedWait(place, what, shaped.awaitable, into, then);
  return `f.begin(${JSON.stringify(what)});\n${counter}++;\ntry {\n${into}${
    writer.word(place)
  } ${shaped.awaitable};\n} ` +
    `catch (error) {\nf.threw(error);\nthrow error;\n} finally {\n${counter}--;\n}\nf.went();\n${then}`;
}

const token: Statement = (writer, place) => {
  const body = writer.inner(place, 2) ?? "";
  const name = writer.numbers.pick("lock", "semaphore");
  const tokens = `w.shared.${name}`;
  const guard = writer.name("guard");
  const release = writer.byHand ? `${tokens}.source.release();\n` : `${guard}[Symbol.dispose]();\n`;
  const held = `${tokens}.enter(f);\ntry {\n${body}} finally {\n${tokens}.leave(f);\n${release}}\n`;
  return `{\nlet ${guard};\n` + counted(
    writer,
    place,
    `${name}.acquire()`,
    `${tokens}.source.acquire()`,
    `${tokens}.waiting`,
    `${guard} = `,
    held,
  ) + "}\n";
};

const get: Statement = (writer, place) => {
  const item = writer.name("item");
  return `{\nlet ${item};\n` + counted(
    writer,
    place,
    "queue.get()",
    "w.shared.queue.queue.get()",
    "w.shared.queue.getting",
    `${item} = `,
    `w.shared.queue.got(f, ${item});\n`,
  ) + "}\n";
};

const put: Statement = (writer, place) => {
  const item = writer.name("item");
  return `{\nconst ${item} = w.shared.queue.make();\n` + counted(
    writer,
    place,
    "queue.put()",
    `w.shared.queue.queue.put(${item})`,
    "w.shared.queue.putting",
    "",
    `w.shared.queue.put(f, ${item});\n`,
  ) + "}\n";
};

const putNowait: Statement = (writer) => {
  const item = writer.name("item");
  return `if (!w.shared.queue.queue.full()) {\nconst ${item} = w.shared.queue.make();\n` +
    `w.shared.queue.queue.putNowait(${item});\nw.shared.queue.put(f, ${item});\n}\n`;
};

/** Under the condition's lock. */
function locked(writer: Writer, place: Place, body: string): string {
  const lock = "w.shared.store.tokens";
  return `{\n` + counted(
    writer,
    place,
    "condition.acquire()",
    "w.shared.store.condition.acquire()",
    `${lock}.waiting`,
    "",
    `${lock}.enter(f);\ntry {\n${body}} finally {\n${lock}.leave(f);\nw.shared.store.condition.release();\n}\n`,
  ) + "}\n";
}

const give: Statement = (writer, place) =>
  locked(writer, place, "w.shared.store.add(f);\nw.shared.store.condition.notify(1);\n");

const take: Statement = (writer, place) => {
  const wait = writer.numbers.pick(
    "w.shared.store.condition.wait()",
    "w.shared.store.condition.wait()",
    "w.shared.store.condition.waitFor(() => !w.shared.store.isEmpty())",
  );
  const limit = writer.numbers.pick(null, null, 0, 1, 2);
  const awaitable = limit === null ? wait : `asyncio.waitFor(${wait}, ${limit})`;
  // The lock is given up meanwhile, and held again however the wait ends.
  const waiting = `f.begin("condition.wait()");\nw.shared.store.tokens.leave(f);\nw.shared.store.waiting++;\n` +
    `try {\n${
      writer.word(place)
    } ${awaitable};\n} catch (error) {\nw.shared.store.tokens.enter(f);\nf.threw(error);\n` +
    `if (error instanceof asyncio.TimeoutError) break;\nthrow error;\n} finally {\nw.shared.store.waiting--;\n}\n` +
    `w.shared.store.tokens.enter(f);\nf.went();\n`;
  return locked(
    writer,
    place,
    `while (w.shared.store.isEmpty()) {\n${waiting}}\nif (!w.shared.store.isEmpty()) w.shared.store.take(f);\n`,
  );
};

const eventWait: Statement = (writer, place) => {
  const shaped = shape(writer, place, "w.shared.event.wait()");
  return shaped.limited
    ? `{\n${writer.timedWait(place, "event.wait()", shaped.awaitable, "", "")}}\n`
    : writer.wait(place, "event.wait()", shaped.awaitable);
};

const eventSet: Statement = ({ numbers }) => `w.shared.event.${numbers.pick("set", "set", "clear")}();\n`;

const failure: Statement = ({ numbers }) => numbers.chance(0.3) ? `throw new Failure("own");\n` : null;

const setVariable: Statement = (writer) => `f.set(${100 + writer.numbers.below(900)});\n`;

/** With their weights. */
export const leafStatements: readonly (readonly [weight: number, Statement])[] = [
  [6, sleep],
  [3, host],
  [2, hostByPromise],
  [1, hostWithSignal],
  [1, readSignal],
  [5, token],
  [4, get],
  [4, put],
  [1, putNowait],
  [3, give],
  [3, take],
  [2, eventWait],
  [2, eventSet],
  [1, failure],
  [0.5, setVariable],
];
