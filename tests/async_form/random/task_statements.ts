/**
 * Statements of random programs about tasks, helpers, and several waits at a time.
 *
 * @module
 */
import type { Place, Statement, Writer } from "./writer.ts";

const spawn: Statement = (writer, place) => {
  const source = writer.taskSource(place);
  if (source === null) return null;
  const group = place.groups.at(-1);
  const create = group !== undefined && writer.numbers.chance(0.7)
    ? `w.into(${group}, ${group}.scope)`
    : writer.numbers.pick("w.createTask", "w.createTask", "w.createTask", "w.createEagerly");
  return `const ${writer.name("task")} = w.spawn("child", ${create}, ${source});\n`;
};

/** A wait for other tasks, whose CancelledErrors are not this task's own. */
function waitOf(writer: Writer, place: Place, what: string, awaitable: string): string {
  return `f.begin(${JSON.stringify(what)});\ntry {\n${writer.word(place)} ${awaitable};\nf.wentOf();\n} ` +
    `catch (error) {\nif (f.threwOf(error)) throw error;\n}\n`;
}

const awaitTask: Statement = (writer, place) => {
  if (place.tasks.length === 0) return null;
  const { numbers } = writer;
  const task = numbers.pick(...place.tasks);
  const other = numbers.pick(...place.tasks);
  const limit = numbers.pick(0, 1, 2, 1000);
  switch (numbers.below(8)) {
    case 0:
      return waitOf(writer, place, "waitFor(task)", `asyncio.waitFor(${task}, ${limit})`);
    case 1:
      return waitOf(writer, place, "shield(task)", `asyncio.shield(${task})`);
    case 2:
      return waitOf(writer, place, "gather(task, task)", `asyncio.gather(${task}, ${other})`);
    case 3:
      return waitOf(
        writer,
        place,
        "gather([task, task])",
        `asyncio.gather([${task}, ${other}], { returnExceptions: true })`,
      );
    case 4:
      return waitOf(writer, place, "wait([task])", `asyncio.wait([${task}], { timeout: ${limit} })`);
    case 5: {
      const next = waitOf(writer, place, "asCompleted()", "next");
      return `for (const next of asyncio.asCompleted([${task}])) {\n${next}}\n`;
    }
    default:
      return waitOf(writer, place, "task", task);
  }
};

const cancel: Statement = ({ numbers }, place) => {
  const which = numbers.below(12);
  switch (numbers.below(6)) {
    case 0:
      // An async function may run while another is in the midst of its step: when it comes from the host.
      return `w.cancel(${which}, ${place.form === "async"});\n`;
    case 1:
      return `w.cancelLater(${which}, ${numbers.below(6)});\n`;
    case 2:
      return `w.cancelFromHost(${which}, "${numbers.pick("microtasks", "turn", "turns")}");\n`;
    case 3:
      return numbers.chance(0.3) ? `w.cancelSelf(f);\n` : null;
    default:
      return `w.cancelSoon(${which}, ${numbers.below(9)});\n`;
  }
};

const helper: Statement = (writer, place) => {
  const call = writer.call(place);
  if (call === null) return null;
  if (!writer.plain && writer.numbers.chance(0.15)) {
    // The module calls it: a wait of its own under the same task.
    const branch = writer.name("branch");
    const inner = writer.call({ ...place, form: "async" }, branch)!;
    return `{\nconst ${branch} = f.apart();\nf.races();\nf.begin("fromPromise(helper)");\nlet ok = false;\ntry {\n` +
      `${writer.word(place)} asyncio.fromPromise(async () => await ${inner.awaitable});\nok = true;\n} ` +
      `catch (error) {\nf.joined([${branch}]);\nf.left(error);\nthrow error;\n}\n` +
      `if (ok) {\nf.joined([${branch}]);\nf.back();\n}\n}\n`;
  }
  if (place.form === "async" && writer.numbers.chance(0.2)) {
    return writer.waitForHelper(place, `Promise.resolve(${call.awaitable}).finally(() => {})`);
  }
  return writer.waitForHelper(place, call.awaitable);
};

/** Several helpers at a time, by the host's own means. */
const combined: Statement = (writer, place) => {
  if (place.form !== "async") return null;
  const { numbers } = writer;
  const how = numbers.pick("all", "all", "race", "allSettled", "allSettled", "any");
  const branches = writer.name("branches");
  const count = 2 + numbers.below(2);
  const parts = Array.from({ length: count }, (_, i) => part(writer, place, `${branches}[${i}]`));
  const races = how === "race" || how === "any" ? "f.races();\n" : "";
  return `{\nconst ${branches} = [${
    Array(count).fill("f.branch()").join(", ")
  }];\n${races}f.begin("Promise.${how}()");\n` +
    `let ok = false;\ntry {\n${
      // What is settled hides a cancel, also from the module.
      how === "allSettled" ? "w.settled(" : "("}await Promise.${how}([\n${parts.join(",\n")},\n]));\nok = true;\n} ` +
    `catch (error) {\nf.raced(${branches}, error);\nif (w.isCancel(error)) throw error;\n}\n` +
    `if (ok) {\nf.joined(${branches});\nf.back();\n}\n}\n`;
};

function part(writer: Writer, place: Place, frame: string): string {
  const inner = writer.inner({ ...place, groups: [] }, 2);
  const call = writer.call(place, frame);
  if (call !== null && (inner === null || writer.numbers.chance(0.4))) return call.awaitable;
  if (inner === null) return `asyncio.sleep(${writer.numbers.below(3)})`;
  return `(async (f) => {\n${inner}})(${frame})`;
}

/** A wait for an item that may be left behind, whose item is then got by nobody's wait. */
const racedGet: Statement = (_writer, place) => {
  if (place.form !== "async") return null;
  return `f.races();\nf.begin("Promise.race() of queue.get()");\nw.shared.queue.getting++;\ntry {\nawait Promise.race([\n` +
    `w.shared.queue.queue.get().then((item) => w.shared.queue.got(f, item)).finally(() => w.shared.queue.getting--),\n` +
    `asyncio.sleep(1),\n]);\n} catch (error) {\nf.threw(error);\nthrow error;\n}\nf.back();\n`;
};

/** With their weights. */
export const taskStatements: readonly (readonly [weight: number, Statement])[] = [
  [4, spawn],
  [4, awaitTask],
  [6, cancel],
  [5, helper],
  [4, combined],
  [1, racedGet],
];
