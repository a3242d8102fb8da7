/**
 * The task that produces the body of a response.
 *
 * @module
 */
import { Context, snapshotVars, type Vars } from "../core/context.ts";
import type { BaseEventLoop } from "../core/base_event_loop.ts";
import { type Snapshot, takeSnapshot } from "../core/async_storage.ts";
import { runningLoop } from "../core/running.ts";
import { SnapshotTask } from "../core/snapshot_task.ts";
import type { Coroutine } from "../core/suspend.ts";
import type { Task } from "../core/task.ts";
import { type RequestScope, runningScope } from "./request_scope.ts";
import { borrowLoop } from "./shared_loop.ts";
