/**
 * Which of many numbers lead to one another.
 *
 * @module
 */

/** Where each of many numbers leads to: the targets of the first one, of the second one, and so on, and where those of each end. */
export interface Edges {
  readonly ends: Int32Array;
  readonly targets: readonly number[];
}

/**
 * The strongly connected components of more than one number, or of one that leads to itself, by Tarjan's algorithm: without recursion, for chains of
 * 100,000 exist, and in arrays, for nothing else runs meanwhile.
 */
export function componentsOf({ ends, targets }: Edges): number[][] {
  const count = ends.length;
  const found: number[][] = [];
  /** When each was entered, from 1; 0 if it was not. The least of those that it leads to, as far as they are open. */
  const entered = new Int32Array(count);
  const least = new Int32Array(count);
  const isOpen = new Uint8Array(count);
  /** Which of its edges is next. */
  const edge = new Int32Array(count);
  const open = new Int32Array(count);
  const path = new Int32Array(count);
  let opened = 0;
  let depth = 0;
  let clock = 0;
  const enter = (node: number): void => {
    entered[node] = least[node] = ++clock;
    edge[node] = node === 0 ? 0 : ends[node - 1]!;
    isOpen[node] = 1;
    open[opened++] = node;
    path[depth++] = node;
  };
  for (let start = 0; start < count; start++) {
    if (entered[start] === 0) enter(start);
    while (depth > 0) {
      const node = path[depth - 1]!;
      if (edge[node]! < ends[node]!) {
        const next = targets[edge[node]!++]!;
        if (entered[next] === 0) enter(next);
        else if (isOpen[next] === 1) least[node] = Math.min(least[node]!, entered[next]!);
        continue;
      }
      depth--;
      if (depth > 0) least[path[depth - 1]!] = Math.min(least[path[depth - 1]!]!, least[node]!);
      if (least[node] !== entered[node]) continue;
      const from = open.lastIndexOf(node, opened - 1);
      const members = [...open.subarray(from, opened)];
      opened = from;
      for (const member of members) isOpen[member] = 0;
      if (members.length > 1 || leadsTo(node)) found.push(members);
    }
  }
  return found;

  function leadsTo(node: number): boolean {
    for (let at = node === 0 ? 0 : ends[node - 1]!; at < ends[node]!; at++) if (targets[at] === node) return true;
    return false;
  }
}
