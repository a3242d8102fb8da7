/**
 * `gather` as the rules say it.
 *
 * @module
 */
import { CancelledError } from "../../../mod.ts";
import { ReferenceFuture } from "./future.ts";
import type { ReferenceLoop } from "./loop.ts";

/** What `gather` gives: cancelling it cancels the children and lets them end first. */
class GatheringFuture extends ReferenceFuture {
  readonly children: readonly ReferenceFuture[];
  cancelRequested = false;

  constructor(loop: ReferenceLoop, children: readonly ReferenceFuture[]) {
    super(loop);
    this.children = children;
  }

  override cancel(message?: string): boolean {
    if (this.done()) return false;
    let cancelled = false;
    for (const child of this.children) {
      if (child.cancel(message)) cancelled = true;
    }
    if (cancelled) this.cancelRequested = true;
    return cancelled;
  }
}

/** Waits for all children; their results in the order of the arguments. */
export function gather(
  loop: ReferenceLoop,
  children: readonly ReferenceFuture[],
  returnExceptions: boolean,
): ReferenceFuture {
  const outer = new GatheringFuture(loop, children);
  if (children.length === 0) {
    outer.setResult([]);
    return outer;
  }
  const distinct = [...new Set(children)];
  let finished = 0;

  function childDone(child: ReferenceFuture): void {
    finished++;
    if (outer.done()) return;
    if (!returnExceptions) {
      if (child.cancelled()) return outer.setException(child.makeCancelledError());
      if (child.exception() !== null) return outer.setException(child.exception());
    }
    if (finished < distinct.length) return;
    const last = children.at(-1) as ReferenceFuture;
    const results = children.map((each) =>
      each.cancelled() ? new CancelledError(each.cancelMessage()) : each.exception() ?? each.result()
    );
    if (outer.cancelRequested) outer.setException(last.makeCancelledError());
    else outer.setResult(results);
  }

  const done = distinct.filter((child) => child.done());
  for (const child of distinct) {
    if (!done.includes(child)) child.addDoneCallback(childDone);
  }
  for (const child of done) childDone(child);
  return outer;
}
