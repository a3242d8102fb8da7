/**
 * What the names of this module are to the rules. A test compares these lists with what the module has.
 *
 * @module
 */

/** The specifiers of this module: that of JSR, that of its npm form, and any of their entry points. */
const MODULE = /^(?:jsr:|npm:)?@(?:loop\/asyncio|jsr\/loop__asyncio)(?:@[^/]+)?(\/.*)?$/;

/** Whether an import names this module, and whether it is its main entry point. */
export function isModule(specifier: unknown): "main" | "entry" | null {
  const found = typeof specifier === "string" ? MODULE.exec(specifier) : null;
  return found === null ? null : found[1] === undefined ? "main" : "entry";
}

/** Functions of which nothing runs before their call is awaited. */
export const LAZY: ReadonlySet<string> = new Set([
  "assertCheckpoint",
  "assertNoCheckpoint",
  "call",
  "createSubprocessExec",
  "createSubprocessShell",
  "forEach",
  "fromPromise",
  "inspect",
  "openConnection",
  "openUnixConnection",
  "serve",
  "sleep",
  "startServer",
  "startUnixServer",
  "taskGroup",
  "timeout",
  "timeoutAt",
  "toThread",
  "use",
  "wait",
  "waitFor",
  "waitUntilIdle",
]);

/** Functions that return a future or a task, which runs already. */
export const FUTURES: ReadonlySet<string> = new Set([
  "background",
  "createTask",
  "ensureFuture",
  "gather",
  "shield",
  "wrapFuture",
]);

/** Classes, and their methods of which nothing runs before the call is awaited. */
export const METHODS: Readonly<Record<string, readonly string[]>> = {
  Barrier: ["abort", "reset", "wait"],
  BoundedSemaphore: ["acquire"],
  Condition: ["acquire", "wait", "waitFor"],
  Event: ["wait"],
  HttpServer: ["serveForever", "waitClosed"],
  LifoQueue: ["get", "join", "put"],
  Lock: ["acquire"],
  PriorityQueue: ["get", "join", "put"],
  Process: ["communicate", "wait"],
  Queue: ["get", "join", "put"],
  RequestBody: ["json", "read", "readAll", "text"],
  Semaphore: ["acquire"],
  Server: ["serveForever", "startServing", "waitClosed"],
  ServerWebSocket: ["receive"],
  StreamReader: ["read", "readexactly", "readline", "readuntil"],
  StreamWriter: ["drain", "startTls", "waitClosed"],
  TaskGroup: ["run"],
};

/** What functions return once they are awaited: the name of a class in {@linkcode METHODS}, or those of several. */
export const RESULTS: Readonly<Record<string, string | readonly string[]>> = {
  createSubprocessExec: "Process",
  createSubprocessShell: "Process",
  openConnection: ["StreamReader", "StreamWriter"],
  openUnixConnection: ["StreamReader", "StreamWriter"],
  serve: "HttpServer",
  startServer: "Server",
  startUnixServer: "Server",
};

/** Functions and methods that take what is to become a task. */
export const TASK_MAKERS: ReadonlySet<string> = new Set(["background", "createTask", "run"]);
