/**
 * Headers, before they are.
 *
 * @module
 */

/**
 * Headers in one of the forms that `new Headers()` takes: others, pairs of a name and a value, or an object. It is `HeadersInit`, which only
 * the types of browsers and of Deno have.
 */
export type HeadersSource =
  | Headers
  | Iterable<readonly string[]>
  | Readonly<Record<string, string>>;

/**
 * Makes headers of their source.
 *
 * @throws {TypeError} if they are none
 */
export function toHeaders(source: HeadersSource | undefined): Headers {
  return new Headers(source as HeadersInit | undefined);
}
