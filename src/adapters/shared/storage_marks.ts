/**
 * Marks that follow an async function through its `await`s, by AsyncLocalStorage.
 *
 * @module
 */
import type { AsyncFrame, AsyncMarks, AsyncSnapshot } from "../async_marks.ts";
import { builtin } from "./process.ts";

/** The part of AsyncLocalStorage that is used here. */
interface Storage<S> {
  run<R>(store: S, callback: () => R): R;
  getStore(): S | undefined;
}

interface AsyncHooks {
  AsyncLocalStorage: {
    new <S>(): Storage<S>;
    snapshot(): AsyncSnapshot;
  };
  AsyncResource: new (type: string, options: { requireManualDestroy: boolean }) => {
    runInAsyncScope<R>(callback: () => R): R;
  };
}

/** Nobody waits for the end of a resource. */
const UNWATCHED = { requireManualDestroy: true };

/** By AsyncLocalStorage, as every host has it. What it remembers is a resource: quirk `dear-snapshots` of Node. */
export class StorageMarks<M> implements AsyncMarks<M> {
  /** What the marks are made of. */
  protected readonly hooks: AsyncHooks = builtin<AsyncHooks>("node:async_hooks");
  readonly #storage: Storage<M | undefined> = new this.hooks.AsyncLocalStorage<M | undefined>();

  run<R>(mark: M | undefined, callback: () => R): R {
    return this.#storage.run(mark, callback);
  }

  capture(): AsyncFrame {
    const resource = new this.hooks.AsyncResource("loop-asyncio", UNWATCHED);
    return (<R>(callback: () => R) => resource.runInAsyncScope(callback)) as unknown as AsyncFrame;
  }

  // The frame around it: `run()` alone puts back nothing but its own value, and what the callback has entered would stay.
  runIn<R>(frame: AsyncFrame, mark: M | undefined, callback: () => R): R {
    const storage = this.#storage;
    return (frame as unknown as AsyncSnapshot)(() => storage.run(mark, callback));
  }

  get(): M | undefined {
    return this.#storage.getStore();
  }

  snapshot(): AsyncSnapshot {
    return this.capture() as unknown as AsyncSnapshot;
  }
}

/** The same for hosts on which a snapshot costs next to nothing, and a resource as much as a task. */
export class SnapshotMarks<M> extends StorageMarks<M> {
  override capture(): AsyncFrame {
    return this.hooks.AsyncLocalStorage.snapshot() as unknown as AsyncFrame;
  }
}
