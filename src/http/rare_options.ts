/**
 * What only servers need that speak HTTPS or listen on a Unix socket. It is loaded for them.
 *
 * @module
 */
import "../loop/one_part.ts";
import type { Adapter, HttpIdentity } from "../adapters/adapter.ts";
import { describeKind } from "../core/repr.ts";
import { checkNames } from "../core/misuse.ts";
import type { TlsOptions } from "../io/socket_options.ts";
import { checkPath } from "../net/check.ts";
import { checkPem } from "../net/check_pem.ts";
import { TLS } from "../net/option_names.ts";
import { SocketFile } from "../net/unix_files.ts";

/** What servers of sockets can do, and those of HTTP cannot: the runtimes have no way to it. */
const ONLY_OF_SOCKETS = ["alpnProtocols", "requestCert", "identities"] as const;

/**
 * The certificate and the key of a server.
 *
 * @throws {TypeError} if they have the wrong type, or there are options that an HTTP server cannot have
 * @throws {RangeError} if they are not PEM, or do not belong to each other
 */
export function toIdentity(tls: TlsOptions): HttpIdentity {
  if (typeof tls !== "object" || tls === null || Array.isArray(tls)) {
    throw new TypeError(`Cannot serve with ${describeKind(tls)} as tls: give { cert, key }, both in PEM.`);
  }
  checkNames(tls, TLS, "serve TLS");
  const unable = ONLY_OF_SOCKETS.find((name) => tls[name] !== undefined && tls[name] !== false);
  if (unable !== undefined) {
    throw new TypeError(
      `Cannot serve HTTPS with ${unable}: no runtime lets an HTTP server have it. Leave it out, or put a proxy in front.`,
    );
  }
  const { cert, key } = tls;
  if (typeof cert !== "string") throw notText("cert", cert);
  if (typeof key !== "string") throw notText("key", key);
  checkPem(tls);
  return { cert, key };
}

function notText(name: string, value: unknown): TypeError {
  return new TypeError(`Cannot serve TLS with ${describeKind(value)} as ${name}: give the text in PEM.`);
}

/** Makes room for the file of a socket, where a path can be one. */
export async function openSocketFile(path: string, adapter: Adapter): Promise<SocketFile> {
  checkPath(path, "serve");
  return await SocketFile.at(path, (await adapter.net?.())?.socketFiles);
}
