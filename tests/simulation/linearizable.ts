/**
 * Whether what clients saw of one key can have happened in some order, each operation at once between its call and its answer.
 *
 * @module
 */

/** One operation of a client. */
export interface Operation<S> {
  /** For people. */
  readonly name: string;
  /** When it was called. */
  readonly called: number;
  /** When it was answered; Infinity if it was not, and so may have happened at any time since, or not at all. */
  readonly answered: number;
  /** What it makes of a state, and what it answers; null if the answer was another one. */
  readonly apply: (state: S) => { readonly state: S } | null;
}

/**
 * Looks for an order (Wing and Gong's search): an operation may be next if none that is left was answered before it was called.
 *
 * @param identify tells states apart
 */
export function isLinearizable<S>(
  operations: readonly Operation<S>[],
  initial: S,
  identify: (state: S) => string,
): boolean {
  const seen = new Set<string>();
  const search = (left: readonly Operation<S>[], state: S): boolean => {
    if (left.every(({ answered }) => answered === Infinity)) return true;
    const key = `${left.map((operation) => operations.indexOf(operation)).join()} ${identify(state)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    const first = Math.min(...left.map(({ answered }) => answered));
    for (const operation of left) {
      if (operation.called > first) continue;
      const next = operation.apply(state);
      if (next !== null && search(left.filter((other) => other !== operation), next.state)) return true;
    }
    return false;
  };
  return search(operations, initial);
}
