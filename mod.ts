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
 * @module
 */

// Running
export { run, type RunOptions } from "./src/loop/run.ts";
export { Runner, type RunnerOptions, type RunnerRunOptions } from "./src/loop/runner.ts";
export type { EndSignal } from "./src/loop/interrupt.ts";
export { EventLoop, newEventLoop } from "./src/loop/event_loop.ts";
export type { EventLoopOptions, HostLoop } from "./src/loop/host_loop.ts";
export { getEventLoop, getRunningLoop, type LoopClass, setEventLoop } from "./src/loop/current_loop.ts";
export { BaseEventLoop, type BaseEventLoopOptions, type TaskFactory } from "./src/core/base_event_loop.ts";
export { allTasks, currentTask } from "./src/core/running.ts";
export type { Scheduler } from "./src/core/scheduler.ts";
export type { ExceptionContext, ExceptionHandler } from "./src/core/exception_context.ts";
export { Handle, TimerHandle } from "./src/core/handle.ts";

// Coroutines
export { coroutine, type TaskSource } from "./src/core/coroutine.ts";
export { call } from "./src/core/call.ts";
export { fromPromise, type FromPromiseOptions } from "./src/core/from_promise.ts";
export { isCoroutine, isFuture } from "./src/core/kinds.ts";
export type { Awaitable, Coroutine, LazyAwaitable, Suspend } from "./src/core/suspend.ts";

// Tasks and futures
export { type AddDoneCallbackOptions, Future } from "./src/core/future.ts";
export { Task } from "./src/core/task.ts";
export type { CreateTaskOptions } from "./src/core/task_options.ts";
export { createTask } from "./src/core/create_task.ts";
export { sleep } from "./src/tasks/sleep.ts";
export { createEagerTaskFactory, eagerTaskFactory, type TaskConstructor } from "./src/tasks/eager_task_factory.ts";
export { ConcurrentFuture, type ConcurrentWork, runCoroutineThreadsafe, wrapFuture } from "./src/tasks/threadsafe.ts";

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
export { waitFor } from "./src/tasks/wait_for.ts";
export { type AsCompleted, asCompleted, type AsCompletedOptions, type DoneFuture } from "./src/tasks/as_completed.ts";
export { shield } from "./src/tasks/shield.ts";

// Scopes
export type { Body } from "./src/tasks/body.ts";
export { Timeout, timeout, timeoutAt } from "./src/tasks/timeout.ts";
export { TaskGroup, taskGroup } from "./src/tasks/task_group.ts";
export { type Resource, use } from "./src/tasks/use.ts";
export { forEach } from "./src/tasks/for_each.ts";

// Synchronization
export { Lock } from "./src/sync/lock.ts";
export { Event } from "./src/sync/event.ts";
export { Condition } from "./src/sync/condition.ts";
export { BoundedSemaphore, Semaphore } from "./src/sync/semaphore.ts";
export { Barrier } from "./src/sync/barrier.ts";
export { Guard } from "./src/sync/guard.ts";

// Queues
export { Queue, type QueueShutdownOptions } from "./src/queues/queue.ts";
export { PriorityQueue, type PriorityQueueOptions } from "./src/queues/priority_queue.ts";
export { LifoQueue } from "./src/queues/lifo_queue.ts";

// Streams
export {
  openConnection,
  type OpenConnectionOptions,
  openUnixConnection,
  type OpenUnixConnectionOptions,
  startServer,
  type StartServerOptions,
  startUnixServer,
  type StartUnixServerOptions,
  type StreamLimit,
} from "./src/net/streams.ts";
export type { ClientHandler } from "./src/net/stream_reader_protocol.ts";
export type { ReadingTransport, StreamReaderOptions } from "./src/net/reader_arguments.ts";
export { StreamReader } from "./src/net/stream_reader.ts";
export { type StreamStartTlsOptions, StreamWriter } from "./src/net/stream_writer.ts";

// Transports and protocols
export { BaseProtocol, BufferedProtocol, DatagramProtocol, Protocol, type StreamProtocol } from "./src/net/protocol.ts";
export { Transport } from "./src/net/transport.ts";
export type { DatagramAddress } from "./src/net/datagram_address.ts";
export { DatagramTransport } from "./src/net/datagram_transport.ts";
export { type ListeningSocket, Server } from "./src/net/server.ts";
export type { TransportInfo } from "./src/net/extra_info.ts";
export type { WriteBufferLimits } from "./src/net/flow_control.ts";
export type { AddressInfo } from "./src/net/resolve.ts";
export type { TlsOptions } from "./src/net/tls_options.ts";
export type {
  AddressFamily,
  CreateConnectionOptions,
  CreateDatagramEndpointOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
  FileSource,
  GetaddrinfoOptions,
  ReadableFile,
  SendfileOptions,
  ServerOptions,
  StartTlsOptions,
  TlsTimeouts,
} from "./src/net/options.ts";

// Threads
export type { Executor, MapOptions, ShutdownOptions } from "./src/executors/executor.ts";
export { WorkerPool, type WorkerPoolOptions } from "./src/executors/worker_pool.ts";
export { threadModule, toThread } from "./src/executors/to_thread.ts";
export { transfer } from "./src/executors/transfer.ts";
export { type Exposed, exposed } from "./src/executors/exposed.ts";
export { MappedResults } from "./src/executors/mapped_results.ts";
export {
  type CallOptions,
  type CallResult,
  type RemoteCall,
  type RemoteFunction,
  type RemoteModule,
  remoteModule,
} from "./src/executors/remote_function.ts";

// Processes
export { createSubprocessExec, createSubprocessShell, type PipeOf, type ProcessOf } from "./src/process/create.ts";
export { type BytesOf, Process } from "./src/process/process.ts";
export {
  type CreateSubprocessOptions,
  DEVNULL,
  type OpenFile,
  PIPE,
  type ProcessOptions,
  type Stdio,
  STDOUT,
  type SubprocessOptions,
} from "./src/process/options.ts";
export { SubprocessProtocol } from "./src/process/protocol.ts";
export { SubprocessTransport } from "./src/process/transport.ts";

// Context variables
export { Context, ContextVar, type ContextVarOptions, copyContext, Token } from "./src/core/context.ts";

// The contract with a runtime, also at ./adapter
export type * from "./src/adapters/adapter.ts";

// Errors
export { CancelledError } from "./src/core/cancelled_error.ts";
export { type ExceptionCondition, ExceptionGroup } from "./src/core/exception_group.ts";
export {
  BrokenBarrierError,
  BrokenWorkerError,
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
