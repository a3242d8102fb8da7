/**
 * Hosts whose loop may be turned from inside of a callback.
 *
 * @module
 */

/** Only what is looked at here. */
interface Globals {
  readonly Bun?: { readonly main?: string };
  readonly process?: { readonly env?: Record<string, string | undefined> };
}

/**
 * Whether it may happen: the matchers of Bun's test runner wait for a promise by turning the host's loop, in the middle of whoever calls them.
 * The runner tells of itself by the environment that it sets, and by the name of the file that it runs.
 */
export const turnsInside: boolean = ((globals: Globals): boolean => {
  if (globals.Bun === undefined) return false;
  return globals.process?.env?.NODE_ENV === "test" || /[._](test|spec)\.[cm]?[jt]sx?$/.test(globals.Bun.main ?? "");
})(globalThis as Globals);
