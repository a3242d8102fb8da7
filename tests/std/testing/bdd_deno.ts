/**
 * The bdd functions over `Deno.test`.
 *
 * Every `it` is a test of its own, named after its groups. A group with `beforeAll` or `afterAll` is one test whose
 * steps are its tests instead: what `beforeAll` opens would look like a leak of the first of them.
 */

import { type Describe, forms, type Hook, type It, type TestFunction, type TestOptions } from "./bdd_types.ts";
import { settling } from "./settled_deno.ts";

interface Hooks {
  readonly beforeAll: TestFunction[];
  readonly afterAll: TestFunction[];
  readonly beforeEach: TestFunction[];
  readonly afterEach: TestFunction[];
}

interface Test {
  readonly name: string;
  readonly options: TestOptions;
  readonly fn: TestFunction;
}

interface Group extends Hooks {
  readonly name: string;
  readonly options: TestOptions;
  readonly items: (Test | Group)[];
}

/** So long, in milliseconds, a test may take, as with the runner of Node. */
const LIMIT = 120_000;

/** The groups around what is being described, the outermost first. */
const path: Group[] = [];

/** The hooks that stand outside any group: they are those of every test in the file. */
const outside = makeGroup("", {});

export const it: It = forms<TestFunction>((name, options, fn) => {
  const test = { name, options, fn };
  const group = path.at(-1);
  if (group) group.items.push(test);
  else register(test, []);
});

export const describe: Describe = forms<() => void>((name, options, fn) => {
  const group = makeGroup(name, options);
  const parent = path.at(-1);
  path.push(group);
  try {
    fn();
  } finally {
    path.pop();
  }
  if (parent) parent.items.push(group);
  else register(group, []);
});

export const beforeAll: Hook = hook("beforeAll");
export const afterAll: Hook = hook("afterAll");
export const beforeEach: Hook = hook("beforeEach");
export const afterEach: Hook = hook("afterEach");

function makeGroup(name: string, options: TestOptions): Group {
  return { name, options, items: [], beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] };
}

function hook(kind: keyof Hooks): Hook {
  return (fn) => {
    const group = path.at(-1);
    if (!group && kind.endsWith("All")) {
      throw new TypeError(`Cannot call ${kind}() here: it belongs to a group. Call it inside describe().`);
    }
    (group ?? outside)[kind].push(fn);
  };
}

/** Hands a test, or the tests of a group, to Deno. */
function register(item: Test | Group, groups: readonly Group[]): void {
  const { name, ignore, ...options } = flatten([...groups, item]);
  // No member may be undefined: Deno would take that for an answer.
  const definition = { ...options, name, ...(ignore ? { ignore } : {}) };
  if (!("items" in item)) {
    Deno.test({ ...definition, fn: () => runTest(item, groups) });
  } else if (shares(item)) {
    Deno.test({ ...definition, fn: (context) => runGroup(item, groups, context) });
  } else {
    for (const member of item.items) register(member, [...groups, item]);
  }
}

/** The name and the options of a test, with what its groups say. */
function flatten(items: readonly (Test | Group)[]): TestOptions & { name: string } {
  const options = Object.assign({}, ...items.map((item) => item.options));
  return {
    ...options,
    name: items.map((item) => item.name).join(" ... "),
    ignore: items.some((item) => item.options.ignore),
  };
}

/** Whether something in the group lives longer than a test. */
function shares(group: Group): boolean {
  return group.beforeAll.length + group.afterAll.length > 0;
}

async function runTest(test: Test, groups: readonly Group[]): Promise<void> {
  const around = [outside, ...groups];
  const settled = settling();
  try {
    for (const group of around) await runHooks(group.beforeEach);
    await limited(test.fn());
  } finally {
    for (const group of around.reverse()) await runHooks(group.afterEach);
    await settled();
  }
}

/** Deno has no limit for a test: one that hangs would be seen when the whole run is given up, and not which it is. */
async function limited(running: void | Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`It has not ended after ${LIMIT / 1_000} seconds.`)), LIMIT);
  try {
    await Promise.race([running, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function runGroup(group: Group, groups: readonly Group[], context: Deno.TestContext): Promise<void> {
  const settled = settling();
  try {
    await runHooks(group.beforeAll);
    for (const item of group.items) {
      const { name, options } = item;
      await context.step({
        ...sanitizers(options),
        name,
        ignore: options.ignore ?? false,
        fn: (inner) => "items" in item ? runGroup(item, [...groups, group], inner) : runTest(item, [...groups, group]),
      });
    }
  } finally {
    await runHooks(group.afterAll);
    await settled();
  }
}

async function runHooks(hooks: readonly TestFunction[]): Promise<void> {
  for (const fn of hooks) await fn();
}

function sanitizers({ sanitizeOps, sanitizeResources }: TestOptions): TestOptions {
  return {
    ...(sanitizeOps === undefined ? {} : { sanitizeOps }),
    ...(sanitizeResources === undefined ? {} : { sanitizeResources }),
  };
}
