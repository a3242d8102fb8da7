/**
 * Checks of arguments, made when the coroutine of a call is first stepped.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import { checkOptions, type OptionNames } from "../core/misuse.ts";
import type {
  ConnectAcceptedSocketOptions,
  CreateConnectionOptions,
  CreateDatagramEndpointOptions,
  CreateServerOptions,
  CreateUnixConnectionOptions,
  CreateUnixServerOptions,
  ReadableFile,
  SendfileOptions,
  StartTlsOptions,
  TlsOptions,
  TlsTimeouts,
} from "../io/socket_options.ts";
import {
  ACCEPTED_SOCKET,
  CONNECTION,
  DATAGRAM_ENDPOINT,
  SENDFILE,
  START_TLS,
  TCP_SERVER,
  UNIX_CONNECTION,
  UNIX_SERVER,
} from "./option_names.ts";
import { numberOf } from "../loop/watches.ts";
import { toClientOptions, toServerOptions } from "./tls_options.ts";

/** The longest path of a Unix socket that every system takes, in bytes. */
const LONGEST_PATH = 107;

/** Refuses what is not a function. */
export function checkFunction(value: unknown, what: string, where: string): void {
  if (typeof value !== "function") {
    throw new TypeError(`Cannot call ${where}() with ${describeKind(value)} as its ${what}: give a function.`);
  }
  // What only a class has: a prototype that cannot be replaced.
  if (Object.getOwnPropertyDescriptor(value, "prototype")?.writable !== false) return;
  throw new TypeError(
    `Cannot call ${where}() with the class ${value.name} as its ${what}: classes are not called. Write () => new ${value.name}().`,
  );
}

/** Refuses what is not a port. */
export function checkPort(port: unknown, where: string): asserts port is number {
  if (typeof port !== "number") {
    throw new TypeError(`Cannot call ${where}() with ${describeKind(port)} as the port: give a number.`);
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`Cannot call ${where}() with port ${port}: give a whole number from 0 to 65535.`);
  }
}

/** Refuses what is not a host. */
export function checkHost(host: unknown, where: string): asserts host is string | null {
  if (host !== null && typeof host !== "string") {
    throw new TypeError(`Cannot call ${where}() with ${describeKind(host)} as the host: give a name or an address.`);
  }
  if (host?.includes("\0")) {
    throw new RangeError(`Cannot call ${where}() with a NUL in the host: no name has one.`);
  }
}

/** Refuses what cannot be the path of a Unix socket. */
export function checkPath(path: unknown, where: string): asserts path is string {
  if (typeof path !== "string") {
    throw new TypeError(`Cannot call ${where}() with ${describeKind(path)} as the path: give a string.`);
  }
  if (path === "") throw new RangeError(`Cannot call ${where}() with an empty path: give the path of a Unix socket.`);
  // In the first place it makes an abstract socket.
  if (path.lastIndexOf("\0") > 0) {
    throw new RangeError(`Cannot call ${where}() with a NUL in the path: only an abstract socket's begins with one.`);
  }
  const length = new TextEncoder().encode(path).length;
  if (length > LONGEST_PATH) {
    throw new RangeError(
      `Cannot call ${where}() with a path of ${length} bytes: a Unix socket's path has at most ${LONGEST_PATH}. ` +
        "Use a shorter one, in /tmp for example.",
    );
  }
}

/** Refuses what is not a positive number of milliseconds. */
function checkTimeout(value: unknown, name: string, where: string): void {
  if (value === undefined) return;
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot call ${where}() with ${describeKind(value)} as ${name}: give a number of milliseconds.`,
    );
  }
  if (!(value > 0)) {
    throw new RangeError(`Cannot call ${where}() with ${name}: ${value}. Give more than 0 milliseconds.`);
  }
}

/** Refuses options of TLS for a connection without TLS. */
function checkTimeouts(
  options: TlsTimeouts & { readonly serverHostname?: unknown },
  ssl: unknown,
  where: string,
): void {
  for (const name of ["serverHostname", "sslHandshakeTimeout", "sslShutdownTimeout"] as const) {
    if (options[name] !== undefined && !ssl) {
      throw new RangeError(
        `Cannot call ${where}() with ${name} and without ssl: it is about TLS. Pass ssl as well, or leave it out.`,
      );
    }
  }
  checkTimeout(options.sslHandshakeTimeout, "sslHandshakeTimeout", where);
  checkTimeout(options.sslShutdownTimeout, "sslShutdownTimeout", where);
}

function checkServerHostname(name: unknown, where: string): void {
  if (name === undefined || typeof name === "string") return;
  throw new TypeError(
    `Cannot call ${where}() with ${describeKind(name)} as serverHostname: give the name in the server's certificate.`,
  );
}

function checkClientTls(options: CreateUnixConnectionOptions, host: string | null, where: string): void {
  const { ssl } = options;
  checkTimeouts(options, ssl, where);
  if (!ssl) return;
  checkServerHostname(options.serverHostname, where);
  const { serverHostname = host } = options;
  if (typeof serverHostname !== "string") {
    throw new RangeError(
      `Cannot call ${where}() with ssl and neither host nor serverHostname: the certificate is checked for a name.`,
    );
  }
  toClientOptions(ssl, serverHostname);
}

function checkServerTls(options: TlsTimeouts & { readonly ssl?: TlsOptions | undefined }, where: string): void {
  const { ssl } = options;
  checkTimeouts(options, ssl, where);
  if (ssl !== undefined && ssl !== null) toServerOptions(ssl);
}

/** The arguments of `createConnection`. */
export function checkConnection(
  host: unknown,
  port: unknown,
  options: CreateConnectionOptions,
  where: string,
  known: OptionNames<object> = CONNECTION,
): void {
  checkOptions(options, where, known);
  checkHost(host, where);
  checkPort(port, where);
  checkClientTls(options, host === "" ? null : host, where);
  checkFamily(options.family, where);
  const { localAddr, happyEyeballsDelay, interleave } = options;
  if (localAddr !== undefined) checkPair(localAddr, "localAddr", where);
  if (happyEyeballsDelay !== 0) checkTimeout(happyEyeballsDelay, "happyEyeballsDelay", where);
  if (interleave !== undefined && !(Number.isInteger(interleave) && interleave >= 0)) {
    throw new RangeError(`Cannot call ${where}() with interleave: ${interleave}. Give a whole number, 0 or more.`);
  }
}

/** The arguments of `createUnixConnection`. */
export function checkUnixConnection(
  path: unknown,
  options: CreateUnixConnectionOptions,
  where: string,
  known: OptionNames<object> = UNIX_CONNECTION,
): void {
  checkOptions(options, where, known);
  checkPath(path, where);
  checkClientTls(options, null, where);
}

/** The arguments of `createServer`. */
export function checkServer(
  host: unknown,
  port: unknown,
  options: CreateServerOptions,
  where: string,
  known: OptionNames<object> = TCP_SERVER,
): void {
  checkOptions(options, where, known);
  if (Array.isArray(host)) {
    if (host.length === 0) {
      throw new RangeError(`Cannot call ${where}() with no host: give at least one, or null for all addresses.`);
    }
    for (const one of host) checkHost(one, where);
  } else checkHost(host, where);
  checkPort(port, where);
  checkServerTls(options, where);
  checkFamily(options.family, where);
  checkBacklog(options.backlog, where);
  if (options.fd === undefined) return;
  numberOf(options.fd, where);
  if (host === null && port === 0 && options.family === undefined && options.reusePort === undefined) return;
  throw new RangeError(
    `Cannot call ${where}() with fd and an address: the socket has its own. Give null as the host and 0 as the port, and neither ` +
      "family nor reusePort.",
  );
}

/** The options of `connectAcceptedSocket`. */
export function checkAcceptedSocket(options: ConnectAcceptedSocketOptions, where: string): void {
  checkOptions(options, where, ACCEPTED_SOCKET);
  checkServerTls(options, where);
}

/** The arguments of `createUnixServer`. */
export function checkUnixServer(
  path: unknown,
  options: CreateUnixServerOptions,
  where: string,
  known: OptionNames<object> = UNIX_SERVER,
): void {
  checkOptions(options, where, known);
  checkPath(path, where);
  checkServerTls(options, where);
  checkBacklog(options.backlog, where);
}

/** The arguments of `createDatagramEndpoint`. */
export function checkDatagramEndpoint(options: CreateDatagramEndpointOptions, where: string): void {
  checkOptions(options, where, DATAGRAM_ENDPOINT);
  const { localAddr, remoteAddr, family } = options;
  if (localAddr === undefined && remoteAddr === undefined && family === undefined) {
    throw new RangeError(
      `Cannot call ${where}() without an address or a family: give localAddr, remoteAddr or family.`,
    );
  }
  const unix = family === "unix" || typeof localAddr === "string" || typeof remoteAddr === "string";
  if (!unix) checkFamily(family, where);
  for (const [name, address] of [["localAddr", localAddr], ["remoteAddr", remoteAddr]] as const) {
    if (address === undefined) continue;
    if (unix) {
      if (typeof address !== "string") {
        throw new TypeError(
          `Cannot call ${where}() with ${describeKind(address)} as ${name}: a Unix socket's address is a path.`,
        );
      }
      checkPath(address, where);
    } else checkPair(address, name, where);
  }
  if (!unix && remoteAddr?.[1] === 0) {
    throw new RangeError(`Cannot call ${where}() with port 0 in remoteAddr: give the port that the peer listens on.`);
  }
}

/** The arguments of `startTls`. */
export function checkStartTls(ssl: unknown, options: StartTlsOptions, where: string): void {
  checkOptions(options, where, START_TLS);
  checkTimeouts(options, true, where);
  const { serverSide = false, serverHostname } = options;
  if (serverSide) return void toServerOptions(ssl);
  if (ssl !== true && (typeof ssl !== "object" || ssl === null)) {
    throw new TypeError(
      `Cannot call ${where}() with ${describeKind(ssl)} as its TLS options: give true or an object of options.`,
    );
  }
  checkServerHostname(serverHostname, where);
  toClientOptions(ssl as TlsOptions | true, serverHostname ?? "");
}

/** Refuses what cannot be sent as a file. */
export function checkSendfile(file: unknown, options: SendfileOptions): void {
  checkOptions(options, "sendfile", SENDFILE);
  const { offset, count } = options;
  const path = typeof file === "string" || file instanceof URL;
  const open = typeof file === "object" && file !== null &&
    (typeof (file as ReadableFile).read === "function" || file instanceof ReadableStream);
  if (!path && !open) {
    throw new TypeError(
      `Cannot send ${describeKind(file)} as a file: give a path, an open file or a ReadableStream of bytes.`,
    );
  }
  for (const [name, value, least] of [["offset", offset, 0], ["count", count, 1]] as const) {
    if (value === undefined) continue;
    if (typeof value !== "number") {
      throw new TypeError(`Cannot send a file with ${describeKind(value)} as ${name}: give a number.`);
    }
    if (!(Number.isInteger(value) && value >= least)) {
      throw new RangeError(`Cannot send a file with ${name}: ${value}. Give a whole number, ${least} or more.`);
    }
    // No file is as long, and numbers of 64 bits begin anew.
    if (name === "offset" && value > Number.MAX_SAFE_INTEGER) {
      throw new RangeError(`Cannot send a file with offset: ${value}. Give a whole number below 2 ** 53.`);
    }
  }
}

/** Refuses what is not a pair of a host and a port. */
export function checkPair(address: unknown, name: string, where: string): void {
  if (!Array.isArray(address) || address.length !== 2) {
    throw new TypeError(`Cannot call ${where}() with ${describeKind(address)} as ${name}: give [host, port].`);
  }
  checkHost(address[0], where);
  checkPort(address[1], where);
}

/** Refuses what is not a family of Internet addresses. */
export function checkFamily(family: unknown, where: string): void {
  if (family === undefined || family === "ipv4" || family === "ipv6") return;
  throw new TypeError(`Cannot call ${where}() with ${describeKind(family)} as the family: give "ipv4" or "ipv6".`);
}

function checkBacklog(backlog: unknown, where: string): void {
  if (backlog === undefined || (Number.isInteger(backlog) && (backlog as number) > 0)) return;
  throw new RangeError(
    `Cannot call ${where}() with ${describeKind(backlog)} as the backlog: give a whole number above 0.`,
  );
}
