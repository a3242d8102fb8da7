/**
 * Statements of random programs that hold others: deadlines, groups, resources, cleanups, iterations.
 *
 * @module
 */
import type { Statement } from "./writer.ts";

/** Throws on what the program does not take: a cancel always. */
function rethrow(takes: boolean): string {
  return takes ? "if (w.isCancel(error)) throw error;\n" : "throw error;\n";
}

const deadline: Statement = (writer, place) => {
  const body = writer.inner(place);
  if (body === null) return null;
  const { numbers } = writer;
  const delay = numbers.pick(0, 0, 1, 1, 2, 3, 5, 1000, null);
  const scope = writer.name("scope");
  const opened = `${scope} = { sent: () => opened.expired() ? 1 : 0 };\nf.open(${scope});\n`;
  const moved = numbers.chance(0.15) ? `opened.reschedule(w.loop.time() + ${numbers.below(4)});\n` : "";
  return `{\nlet ${scope} = null;\nf.begin("timeout(${delay})");\ntry {\n` +
    `${writer.word(place)} asyncio.timeout(${delay}, ${writer.body(place, "opened", opened + moved + body)});\n` +
    `} catch (error) {\nif (${scope} !== null) f.close(${scope});\n${scope} = null;\nf.left(error);\n` +
    `if (!(error instanceof asyncio.TimeoutError)) throw error;\n}\n` +
    `if (${scope} !== null) {\nf.close(${scope});\nf.back();\n}\n}\n`;
};

const group: Statement = (writer, place) => {
  const name = writer.name("group");
  const body = writer.inner(place, 5, { groups: [...place.groups, name] });
  if (body === null) return null;
  const scope = writer.name("scope");
  const spawned = writer.taskSource(place);
  const first = spawned === null ? "" : `w.spawn("member", w.into(${name}, ${scope}), ${spawned});\n`;
  return `{\nconst ${scope} = w.groupScope();\nlet ok = false;\nf.open(${scope});\nf.begin("taskGroup()");\ntry {\n` +
    `${writer.word(place)} asyncio.taskGroup(${
      writer.body(place, name, `${name}.scope = ${scope};\n${first}${body}`)
    });\n` +
    `ok = true;\n} catch (error) {\nf.close(${scope});\nf.left(error);\n${
      rethrow(writer.numbers.chance(0.7))
    }}\nif (ok) {\nf.close(${scope});\nf.back();\n}\n}\n`;
};

const cleanup: Statement = (writer, place) => {
  const body = writer.inner(place);
  if (body === null) return null;
  const count = 1 + writer.numbers.below(3);
  let waits = "";
  for (let i = 0; i < count; i++) {
    const delay = writer.numbers.pick(0, 0, 1, 2);
    waits += writer.wait(place, `cleanup: sleep(${delay})`, `asyncio.sleep(${delay})`);
  }
  return `try {\n${body}} finally {\nconst done = f.cleanup();\ntry {\n${waits}} finally {\ndone();\n}\n}\n`;
};

const failingCleanup: Statement = (writer, place) => {
  const body = writer.inner(place);
  if (body === null || !writer.numbers.chance(0.4)) return null;
  return `try {\n${body}} finally {\nthrow new Failure("cleanup");\n}\n`;
};

const attempt: Statement = (writer, place) => {
  const body = writer.inner(place);
  return body === null ? null : `try {\n${body}} catch (error) {\n${rethrow(true)}}\n`;
};

/** The module disposes of the resource. */
const use: Statement = (writer, place) => {
  if (writer.plain) return null;
  const body = writer.inner(place);
  if (body === null) return null;
  const branch = writer.name("branch");
  return `{\nconst ${branch} = f.apart();\nf.begin("use()");\nlet ok = false;\ntry {\n` +
    `${writer.word(place)} asyncio.use(w.resource(${branch}), ${writer.body(place, "", body)});\nok = true;\n} ` +
    `catch (error) {\nf.joined([${branch}]);\nf.left(error);\n${rethrow(false)}}\n` +
    `if (ok) {\nf.joined([${branch}]);\nf.back();\n}\n}\n`;
};

/** The host disposes of it, in the same thread of control. */
const awaitUsing: Statement = (writer, place) => {
  if (place.form !== "async") return null;
  const body = writer.inner(place);
  return body === null ? null : `{\nawait using _resource = w.resource(f);\n${body}}\n`;
};

const forAwait: Statement = (writer, place) => {
  if (place.form !== "async" || place.inItems) return null;
  const body = writer.inner(place, 2);
  if (body === null) return null;
  const leave = writer.numbers.chance(0.3) ? "break;\n" : "";
  return `for await (const _item of items(f)) {\n${body}${leave}}\n`;
};

/** The module asks for the items, and closes the iterator in its own time if the loop is cancelled. */
const forEach: Statement = (writer, place) => {
  if (writer.plain || place.inItems) return null;
  const body = writer.inner(place, 2);
  if (body === null) return null;
  const branch = writer.name("branch");
  return `{\nconst ${branch} = f.apart();\nf.races();\nf.begin("forEach()");\nlet ok = false;\ntry {\n` +
    `${writer.word(place)} asyncio.forEach(items(${branch}), ${writer.body(place, "", body)});\nok = true;\n} ` +
    `catch (error) {\nf.joined([${branch}]);\nf.left(error);\n${rethrow(false)}}\n` +
    `if (ok) {\nf.joined([${branch}]);\nf.back();\n}\n}\n`;
};

const repeat: Statement = (writer, place) => {
  // Helpers that repeat helpers would go on for ever.
  if (place.inHelper) return null;
  const body = writer.inner(place);
  return body === null ? null : `for (let i = 0; i < ${2 + writer.numbers.below(2)}; i++) {\n${body}}\n`;
};

/** With their weights. */
export const scopeStatements: readonly (readonly [weight: number, Statement])[] = [
  [4, deadline],
  [3, group],
  [4, cleanup],
  [1, failingCleanup],
  [2, attempt],
  [2, use],
  [2, awaitUsing],
  [2, forAwait],
  [1.5, forEach],
  [1, repeat],
];
