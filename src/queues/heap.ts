/**
 * A binary heap that keeps equal items in the very order of Python's `heapq`.
 *
 * @module
 */

/** Whether one item comes before another. If it throws, the heap is unchanged. */
export type Before<T> = (a: T, b: T) => boolean;

/** Adds an item: it rises from the last place past every parent that it comes before. */
export function heapPush<T>(heap: T[], item: T, before: Before<T>): void {
  // All comparisons are made first, since one may throw.
  let place = heap.length;
  while (place > 0 && before(item, heap[(place - 1) >> 1] as T)) place = (place - 1) >> 1;
  heap.push(item);
  for (let at = heap.length - 1; at > place;) {
    const parent = (at - 1) >> 1;
    heap[at] = heap[parent] as T;
    at = parent;
  }
  heap[place] = item;
}

/**
 * Removes the first item; there must be one. The last item takes its place and does not just sink: the hole goes down
 * to a leaf past the smaller children (the right one if neither comes before the other), and from there the item rises.
 * This takes fewer comparisons, and decides the order of equal items.
 */
export function heapPop<T>(heap: T[], before: Before<T>): T {
  const end = heap.length - 1;
  const first = heap[0] as T;
  const item = heap[end] as T;
  const path = [0];
  for (let at = 0, child = 1; child < end; child = 2 * at + 1) {
    const right = child + 1;
    if (right < end && !before(heap[child] as T, heap[right] as T)) child = right;
    path.push(at = child);
  }
  let level = path.length - 1;
  while (level > 0 && before(item, heap[path[level] as number] as T)) level--;
  heap.pop();
  if (end === 0) return first;
  for (let i = 1; i <= level; i++) heap[path[i - 1] as number] = heap[path[i] as number] as T;
  heap[path[level] as number] = item;
  return first;
}
