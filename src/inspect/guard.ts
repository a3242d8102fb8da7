/**
 * Who may ask an inspector.
 *
 * @module
 */

/** Where an inspector listens. */
export interface Listening {
  /** The port on this machine; null for a Unix socket. */
  readonly port: number | null;
  /** What every request must know. */
  readonly token: string;
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** The names of this machine that only it has. */
export const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Why a request is refused; null if it is not.
 *
 * A page of anywhere can make a browser send requests to this machine. Its `Host` is then the name that the page knows, which may be made to mean
 * this machine, and its `Origin` is that of the page. Both are looked at before the token, so that such a page cannot even try tokens.
 */
export function refusalOf(request: Request, { port, token }: Listening): Refusal | null {
  // Port 80 is left out by clients.
  const hosts = port === null
    ? LOOPBACK
    : LOOPBACK.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]);
  const host = request.headers.get("host") ?? "";
  // A target may be a whole address, as for a proxy: then its host counts as well.
  const isNamed = () => hosts.includes(host) && hosts.some((name) => request.url.startsWith(`http://${name}/`));
  if (port !== null && !isNamed()) {
    return {
      status: 403,
      reason: "This is an inspector: ask it by the address that it listens on, not by another name.",
    };
  }
  const origin = request.headers.get("origin");
  if (origin !== null && (port === null || !hosts.some((name) => origin === `http://${name}`))) {
    return { status: 403, reason: "This is an inspector: pages of others may not ask it." };
  }
  if (!isSame(tokenOf(request), token)) {
    return { status: 401, reason: "This is an inspector: write its token, as in ?token=… or Authorization: Bearer …." };
  }
  return null;
}

function tokenOf(request: Request): string {
  const [scheme, credentials = ""] = (request.headers.get("authorization") ?? "").split(" ");
  if (scheme?.toLowerCase() === "bearer") return credentials;
  return new URL(request.url).searchParams.get("token") ?? "";
}

/** Compares in a time that tells nothing of where two texts differ. */
function isSame(given: string, wanted: string): boolean {
  let difference = given.length ^ wanted.length;
  for (let index = 0; index < wanted.length; index++) {
    difference |= given.charCodeAt(index % (given.length || 1)) ^ wanted.charCodeAt(index);
  }
  return difference === 0;
}

/** A token that nobody guesses. */
export function makeToken(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
