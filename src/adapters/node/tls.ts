/**
 * TLS by `node:tls` over streams that are connected already: sockets of `node:net`, or anything that behaves like one.
 *
 * @module
 */

import { RuntimeError } from "../../core/errors.ts";
import type { HostStream, TlsClientOptions, TlsIdentity, TlsServerOptions } from "../net.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import { codeOf } from "../shared/host_error.ts";
import { tlsError } from "../shared/socket_errors.ts";
import { setImmediate, wholeDelay } from "../shared/timers.ts";
import { discard, keepForAlert } from "./failed_handshake.ts";
import { toTlsError } from "./socket_errors.ts";
import { NodeStream, type StreamEnds } from "./stream.ts";
import { tlsInfo } from "./tls_info.ts";
import type { ContextOptions, Duplex, Gate, NetServer, NodeNet, NodeTls, SecureContext, TlsSocket } from "./types.ts";
import { handleOf, parentOf } from "./undocumented.ts";

/** How long a client may take for its handshake, in milliseconds; CPython gives it as long. */
const HANDSHAKE_TIMEOUT = 60_000;

/** Loads `node:tls`. */
export async function loadTls(): Promise<NodeTls> {
  return await loadBuiltin<NodeTls>("node:tls");
}

/** Speaks TLS as a client on a stream of this adapter. Aborting the old stream gives the handshake up. */
export async function upgradeTls(
  stream: HostStream,
  options: TlsClientOptions,
  pending: Uint8Array,
): Promise<HostStream> {
  const [below, ends] = detach(stream);
  return await connectTls(below, ends, options, pending);
}

/** Speaks TLS as a server on a stream of this adapter. Aborting the old stream gives the handshake up. */
export async function upgradeTlsServer(
  stream: HostStream,
  options: TlsServerOptions,
  pending: Uint8Array,
): Promise<HostStream> {
  const [below, ends] = detach(stream);
  return await acceptTls(below, ends, options, pending);
}

function detach(stream: HostStream): [Duplex, StreamEnds] {
  if (stream instanceof NodeStream) return stream.detach();
  throw new RuntimeError(
    "Cannot speak TLS on this stream: another adapter made it. Upgrade it with the adapter that it came from.",
  );
}

/** Speaks TLS as a client on any duplex stream of bytes, of which the pending ones were read already. */
export async function connectTls(
  below: Duplex,
  ends: StreamEnds,
  options: TlsClientOptions,
  pending: Uint8Array,
): Promise<NodeStream> {
  below.on("error", ignore);
  const [tls, net] = await Promise.all([loadTls(), loadBuiltin<NodeNet>("node:net")]);
  if (below.destroyed || below.readableEnded) throw cutOff();
  if (pending.length > 0) {
    below.destroy();
    throw tlsError(false, new Error("it spoke before the handshake, in which the client has the first word"));
  }
  const { serverName, alpnProtocols, verify = true, checkHostname = true } = options;
  const socket = tls.connect({
    socket: below,
    // The protocol has no addresses here, and Node warns of them. The certificate is checked against them all the same.
    servername: net.isIP(serverName) === 0 ? serverName : "",
    rejectUnauthorized: verify,
    checkServerIdentity: (_, certificate) =>
      checkHostname ? tls.checkServerIdentity(serverName, certificate) : undefined,
    ...(alpnProtocols === undefined ? {} : { ALPNProtocols: alpnProtocols }),
    ...clientContext(options),
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = (): void => reject(cutOff());
  const fail = (error: unknown): void => reject(toTlsError(error));
  socket.once("secureConnect", resolve);
  socket.on("error", fail);
  socket.on("end", end);
  socket.on("close", end);
  try {
    await promise;
    return new NodeStream(socket, ends, tlsInfo(socket), gateOf(below), true);
  } catch (error) {
    discard(socket, below);
    throw error;
  } finally {
    // A failed one keeps its listeners, so that an error after the first is no uncaught one.
    if (!socket.destroyed) {
      socket.removeListener("error", fail);
      socket.removeListener("end", end);
      socket.removeListener("close", end);
    }
  }
}

function clientContext({ ca, identity, verify = true }: TlsClientOptions): ContextOptions {
  return {
    ...(ca === undefined || !verify ? {} : { ca }),
    ...(identity === undefined ? {} : { cert: identity.cert, key: identity.key }),
  };
}

/**
 * Speaks TLS as a server on any duplex stream of bytes, of which the pending ones were read already. On Bun the stream must be a socket of
 * `node:net`: its TLS knows neither server names nor half-closing on others.
 */
export async function acceptTls(
  below: Duplex,
  ends: StreamEnds,
  options: TlsServerOptions,
  pending: Uint8Array,
): Promise<NodeStream> {
  below.on("error", ignore);
  const tls = await loadTls();
  if (below.destroyed || below.readableEnded) throw cutOff();
  if (pending.length > 0) below.unshift(pending);
  return await new TlsAcceptor(tls, options).accept(below, ends);
}

/** Who waits for the end of a handshake. */
interface Handshake {
  readonly ends: StreamEnds;
  readonly resolve: (stream: NodeStream) => void;
  readonly reject: (error: unknown) => void;
  /** What speaks TLS, once it is known. */
  socket?: TlsSocket;
}

/** Makes handshakes as a server: what `node:tls` calls a server, which need not listen itself. */
export class TlsAcceptor {
  readonly #server: NetServer;
  readonly #handshakes = new Map<Duplex, Handshake>();

  constructor(tls: NodeTls, options: TlsServerOptions) {
    const { cert, key, alpnProtocols, clientCa, identities, handshakeTimeout = HANDSHAKE_TIMEOUT } = options;
    const ca = clientCa === undefined ? {} : { ca: clientCa };
    const context = ({ cert, key }: TlsIdentity): SecureContext => tls.createSecureContext({ cert, key, ...ca });
    const others = new Map(Object.entries(identities ?? {}).map(([name, other]) => [name, context(other)]));
    this.#server = tls.createServer({
      cert,
      key,
      ...ca,
      handshakeTimeout: wholeDelay(handshakeTimeout),
      requestCert: clientCa !== undefined,
      rejectUnauthorized: clientCa !== undefined,
      ...(alpnProtocols === undefined ? {} : { ALPNProtocols: alpnProtocols }),
      ...(others.size === 0 ? {} : { SNICallback: (name, answer) => answer(null, others.get(name) ?? null) }),
    });
    this.#server.on("secureConnection", (socket: TlsSocket) => this.#secured(socket));
    this.#server.on("tlsClientError", (error: unknown, socket?: TlsSocket) => this.#failed(error, socket));
  }

  /** Makes one handshake. */
  async accept(below: Duplex, ends: StreamEnds): Promise<NodeStream> {
    const { promise, resolve, reject } = Promise.withResolvers<NodeStream>();
    // Later, since a client whose certificate is refused is cut off first, and the error comes after that.
    const closed = (): void => void setImmediate(() => reject(cutOff()));
    const handshake: Handshake = { ends, resolve, reject };
    this.#handshakes.set(below, handshake);
    below.on("error", ignore);
    below.once("close", closed);
    // A client that leaves in the middle of its handshake would be waited for.
    below.allowHalfOpen = false;
    const letGo = keepForAlert(below);
    try {
      this.#server.emit("connection", below);
      const stream = await promise;
      letGo();
      return stream;
    } catch (error) {
      discard(handshake.socket, below);
      throw error;
    } finally {
      this.#handshakes.delete(below);
      below.removeListener("close", closed);
    }
  }

  /** Gives every handshake up that is not done. */
  abort(): void {
    for (const below of this.#handshakes.keys()) below.destroy();
  }

  #secured(socket: TlsSocket): void {
    const [below, handshake] = this.#find(socket);
    if (handshake === undefined) {
      socket.destroy();
      return;
    }
    below!.allowHalfOpen = true;
    socket.allowHalfOpen = true;
    handshake.resolve(new NodeStream(socket, handshake.ends, tlsInfo(socket), gateOf(below!)));
  }

  #failed(error: unknown, socket: TlsSocket | undefined): void {
    socket?.on("error", ignore);
    const handshake = this.#find(socket)[1];
    if (handshake === undefined) return;
    if (socket !== undefined) handshake.socket = socket;
    // Of a certificate that was refused Node and Deno tell no more here than that the connection has ended.
    const refused = codeOf(error) === "ECONNRESET" ? socket?.authorizationError : null;
    handshake.reject(typeof refused === "string" ? tlsError(true, new Error(refused)) : toTlsError(error));
  }

  /** A socket's handshake. Between what is no socket of `node:net` and its TLS stand other objects, but there is only one then. */
  #find(socket: TlsSocket | undefined): [] | [Duplex, Handshake] {
    const below = socket && parentOf<Duplex>(socket);
    const handshake = below && this.#handshakes.get(below);
    if (handshake) return [below, handshake];
    return this.#handshakes.size === 1 ? [...this.#handshakes][0]! : [];
  }
}

/** Deno's TLS reads on while it is paused and keeps everything, so what is below it must be stopped. */
function gateOf(below: Duplex): Gate | null {
  if (!("Deno" in globalThis)) return null;
  if (below.gate !== undefined) return below.gate;
  const handle = handleOf<Gate>(below);
  return handle?.readStop !== undefined && handle.readStart !== undefined ? handle as Gate : null;
}

function cutOff(): Error {
  return tlsError(false, new Error("the connection ended before the handshake was done"));
}

function ignore(): void {}
