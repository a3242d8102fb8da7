/**
 * The one place that says what a failure of a socket means and what to do about it.
 *
 * Each adapter finds the code in its host's error; the words are the same everywhere.
 *
 * @module
 */

import { OSError, TlsError } from "../../core/errors.ts";
import type { SocketAddress } from "../net.ts";
import { errorText } from "./host_error.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "the system or the runtime's permissions do not allow it. " +
    "On Deno run it with --allow-net, and for Unix sockets with --allow-read and --allow-write too",
  EADDRINUSE: "another socket has that address, or a file that path. End the program that uses it, or take another one",
  EAFNOSUPPORT: "the address is of another family than the socket. Make the socket with that family",
  EADDRNOTAVAIL: "this machine has no such address. Use one of its own, or leave the choice to the system",
  EALREADY: "it is being connected by another call. Await that one",
  EDESTADDRREQ: "nobody is at its other end. Connect it, or give an address to send to",
  EBADF: "the descriptor is closed, or was opened for the other direction. Open it, and leave it open",
  ECONNREFUSED: "nobody listens there. Start the server first, and check the address",
  ECONNRESET: "the other side cut the connection. Connect again",
  EHOSTUNREACH: "no route leads to that host. Check the address and the network",
  EMFILE: "too many files are open. Hold fewer connections, or raise the limit (ulimit -n)",
  EMSGSIZE: "the datagram is too long for the network. Send smaller ones",
  ENAMETOOLONG: "the path of a Unix socket may have about a hundred bytes. Take a shorter one",
  ENFILE: "the system has too many files open. Hold fewer connections, or raise its limit",
  ENETUNREACH: "no route leads to that network. Check the address and the network",
  ENOENT: "there is no such file or directory. Check the path, and start the server first",
  ENOTSOCK: "it is no socket. Give the descriptor of one",
  EISCONN: "it is connected already. Make another socket",
  ENOTCONN: "it is not connected. Connect it first",
  ENOTFOUND: "the name does not resolve to an address. Check its spelling",
  EPIPE: "the other side takes no more. Stop writing when it has closed",
  ETIMEDOUT: "the other side did not answer in time. Check the address and the network",
};

/** Writes where a socket is, as messages say it. */
export function formatSocketAddress(address: SocketAddress): string {
  if (address.family === "unix") return address.path.replace("\0", "@");
  return address.family === "ipv6" ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

/** Makes the error for something that a socket could not do, such as `"Cannot connect to 127.0.0.1:80"`. */
export function socketError(what: string, code: string, cause: unknown): OSError {
  const reason = REASONS[code] ?? errorText(cause);
  return new OSError(`${what}: ${reason}.`, { code, cause });
}

/** Whether a path is longer than what every system takes for a Unix socket; hosts call that `EINVAL` or cut it off. */
export function pathTooLong(path: string): boolean {
  return new TextEncoder().encode(path).length > 103;
}

/** What OpenSSL says, between its numbers and names of files; BoringSSL's reasons are constants. */
const OPENSSL = /\berror:[0-9a-f]+:[^:]*:[^:]*:([^:]+)/i;

function reasonOf(cause: unknown): string {
  const message = errorText(cause);
  return OPENSSL.exec(message)?.[1]?.replaceAll("_", " ").toLowerCase() ?? message;
}

/** Makes the error for a TLS handshake that failed. */
export function tlsError(certificateInvalid: boolean, cause: unknown): TlsError {
  const said = reasonOf(cause);
  return certificateInvalid
    ? new TlsError(
      `Cannot trust the other side's certificate: ${said}. ` +
        "Pass the authority that signed it as ca, or the name that it was made for as server name.",
      { code: "CERTIFICATE_INVALID", cause },
    )
    : new TlsError(
      `Cannot speak TLS with the other side: ${said}. Check that it speaks TLS there, and what it asks for.`,
      { code: "HANDSHAKE_FAILED", cause },
    );
}

/** How an alert names what is wrong with a certificate, in the words of OpenSSL, BoringSSL and rustls. */
const ABOUT_CERTIFICATE = /alert.*?(certificate|unknown[ _]?ca|access[ _]?denied)/i;

/** Makes the error for a TLS session that broke after its handshake. */
export function tlsBroken(cause: unknown): TlsError {
  const said = reasonOf(cause);
  // With TLS 1.3 the other side judges our certificate when we have long begun to talk.
  return ABOUT_CERTIFICATE.test(said)
    ? new TlsError(
      `Cannot go on with TLS: the other side refused our certificate (${said}). Give one that it trusts as cert, with its key.`,
      { code: "HANDSHAKE_FAILED", cause },
    )
    : new TlsError(
      `Cannot go on with TLS: ${said}. What came was not what the other side has sent, or it has ended the session. Connect again.`,
      { code: "SESSION_BROKEN", cause },
    );
}
