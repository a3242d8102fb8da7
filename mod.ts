/**
 * The asyncio event loop for Deno, Bun and Node: coroutines, tasks and futures with CPython's names and CPython's exact
 * order of events, with cancellation that `try/finally` sees.
 *
 * @example Two things at once, cancelled together
 * ```ts
 * import { createTask, run, sleep } from "@loop/asyncio";
 *
 * await run(function* () {
 *   const task = createTask(sleep(5, "both done"));
 *   yield* sleep(1);
 *   console.log(yield* task);
 * });
 * ```
 *
 * The guide begins with [docs/README.md](https://jsr.io/@loop/asyncio/0.1.0/docs/README.md): a tutorial, what is different for who comes
 * from Python or from promises, the rules of cancellation, common mistakes, recipes.
 *
 * @module
 */

// Running
export { run, Runner, type RunnerOptions, type RunnerRunOptions, type RunOptions } from "./src/loop/runner.ts";
export { main, type MainOptions } from "./src/loop/runner.ts";
export type { EndSignal } from "./src/loop/signals.ts";
export {
  EventLoop,
  getEventLoop,
  getRunningLoop,
  type LoopClass,
  newEventLoop,
  setEventLoop,
} from "./src/loop/event_loop.ts";
export type { EventLoopOptions, HostLoop } from "./src/loop/host_loop.ts";
export {
  BaseEventLoop,
  type BaseEventLoopOptions,
  type ExceptionHandler,
  type TaskFactory,
} from "./src/core/base_event_loop.ts";
export { allTasks, currentTask } from "./src/core/running.ts";
export type { Scheduler } from "./src/core/scheduler.ts";
export type { EndedRequest, Instrument, InstrumentHooks } from "./src/core/instruments.ts";
export type { ExceptionContext, Logger } from "./src/core/exception_reports.ts";
export { Handle, TimerHandle } from "./src/core/handle.ts";

// Coroutines
export { type TaskSource, usersCoroutine as coroutine } from "./src/core/coroutine.ts";
export { call } from "./src/core/coroutine.ts";
export { fromPromise, type FromPromiseOptions } from "./src/core/from_promise.ts";
export { isCoroutine } from "./src/core/suspend.ts";
export { isFuture } from "./src/core/future.ts";
export type { Awaitable, Coroutine, LazyAwaitable, Suspend } from "./src/core/suspend.ts";

// Tasks and futures
export { type AddDoneCallbackOptions, Future } from "./src/core/future.ts";
export { Task } from "./src/core/task.ts";
export type { CreateTaskOptions } from "./src/core/task_options.ts";
export { createEagerTaskFactory, createTask, eagerTaskFactory, type TaskConstructor } from "./src/core/running.ts";
export { sleep } from "./src/tasks/sleep.ts";
export { ConcurrentFuture, type ConcurrentWork, runCoroutineThreadsafe } from "./src/tasks/ensure_future.ts";
export { wrapFuture } from "./src/tasks/ensure_future.ts";

// Waiting
export { ensureFuture, type EnsureFutureOptions, type Result, type Waitable } from "./src/tasks/ensure_future.ts";
export { gather, type Gathered, type GatheredOrErrors, type GatherOptions } from "./src/tasks/gather.ts";
export {
  ALL_COMPLETED,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type ReturnWhen,
  wait,
  type WaitOptions,
} from "./src/tasks/wait.ts";
export { waitFor } from "./src/tasks/timeout.ts";
export { type AsCompleted, asCompleted, type AsCompletedOptions, type DoneFuture } from "./src/tasks/wait.ts";
export { shield } from "./src/tasks/gather.ts";

// Scopes
export { Timeout, timeout, timeoutAt } from "./src/tasks/timeout.ts";
export { TaskGroup, taskGroup } from "./src/tasks/task_group.ts";
export { type Body, type Resource, use } from "./src/tasks/use.ts";
export { forEach } from "./src/tasks/for_each.ts";

// Synchronization
export { Lock } from "./src/sync/lock.ts";
export { Event } from "./src/sync/event.ts";
export { Condition } from "./src/sync/lock.ts";
export { BoundedSemaphore, Semaphore } from "./src/sync/semaphore.ts";
export { Barrier } from "./src/sync/event.ts";
export { Guard } from "./src/sync/waiters.ts";

// Queues
export { Queue, type QueueShutdownOptions } from "./src/queues/queue.ts";
export { PriorityQueue, type PriorityQueueOptions } from "./src/queues/ordered_queues.ts";
export { LifoQueue } from "./src/queues/ordered_queues.ts";

// Streams
export {
  type ClientHandler,
  openConnection,
  openUnixConnection,
  startServer,
  startUnixServer,
} from "./src/loop/streams.ts";
export { type ReadingTransport, StreamReader, type StreamReaderOptions } from "./src/io/stream_reader.ts";
export { type StreamStartTlsOptions, StreamWriter } from "./src/io/stream_writer.ts";

// Transports and protocols
export {
  BaseProtocol,
  BufferedProtocol,
  DatagramProtocol,
  Protocol,
  type StreamProtocol,
  SubprocessProtocol,
} from "./src/io/protocols.ts";
export { DatagramTransport, Server, SubprocessTransport, Transport } from "./src/io/transports.ts";
export type {
  AddressFamily,
  ConnectAcceptedSocketOptions,
  CreateConnectionOptions,
  CreateDatagramEndpointOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
  FileSource,
  GetaddrinfoOptions,
  OpenConnectionOptions,
  OpenUnixConnectionOptions,
  ReadableFile,
  SendfileOptions,
  ServerOptions,
  StartServerOptions,
  StartTlsOptions,
  StartUnixServerOptions,
  StreamLimit,
  TlsOptions,
  TlsTimeouts,
} from "./src/io/socket_options.ts";
export type {
  AddressInfo,
  DatagramAddress,
  ListeningSocket,
  TransportInfo,
  WriteBufferLimits,
} from "./src/io/socket_infos.ts";

// Threads
export type {
  CallOptions,
  CallResult,
  Executor,
  MapOptions,
  RemoteCall,
  RemoteFunction,
  RemoteModule,
  ShutdownOptions,
} from "./src/io/executor.ts";
export { WorkerPool, type WorkerPoolOptions } from "./src/executors/worker_pool.ts";
export { type Exposed, exposed, remoteModule, toThread, transfer } from "./src/executors/remote_module.ts";
export { MappedResults } from "./src/io/executor.ts";

// Processes
export { createSubprocessExec, createSubprocessShell } from "./src/loop/streams.ts";
export {
  type BytesOf,
  type CreateSubprocessOptions,
  DEVNULL,
  type OpenFile,
  PIPE,
  type PipeOf,
  Process,
  type ProcessOf,
  type ProcessOptions,
  type Stdio,
  STDOUT,
  type SubprocessOptions,
} from "./src/io/process.ts";

// Context variables
export { Context, ContextVar, type ContextVarOptions, copyContext, Token } from "./src/core/context.ts";

// The contract with a runtime, also at ./adapter
// Of the contract with a runtime, which is at ./adapter, what programs meet here
export type {
  FileDescriptor,
  PeerCertificate,
  RawSocket,
  SocketAddress,
  TlsInfo,
  TransferableObject,
} from "./src/adapters/adapter.ts";

// Errors
export { type ExceptionCondition, ExceptionGroup } from "./src/core/exception_group.ts";
export {
  BrokenBarrierError,
  BrokenWorkerError,
  CancelledError,
  DeadlockError,
  IncompleteReadError,
  InvalidStateError,
  KeyboardInterrupt,
  type KeyboardInterruptOptions,
  LimitOverrunError,
  NotSupportedError,
  OSError,
  type OSErrorOptions,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  RuntimeError,
  SendfileNotAvailableError,
  TimeoutError,
  TlsError,
} from "./src/core/errors.ts";
