/**
 * TLS on a connection that stands.
 *
 * @module
 */
import type { HostStream } from "../adapters/net.ts";
import { isCancelled, NotSupportedError, OSError, RuntimeError } from "../core/errors.ts";
import { fromPromise } from "../core/from_promise.ts";
import type { TimerHandle } from "../core/handle.ts";
import { describeKind } from "../core/repr.ts";
import type { Coroutine } from "../core/suspend.ts";
import { concatenate, NOTHING } from "../io/reader_state.ts";
import type { Protocol, StreamProtocol } from "../io/protocols.ts";
import type { StartTlsOptions, TlsOptions } from "../io/socket_options.ts";
import type { Transport } from "../io/transports.ts";
import type { HostLoop, OpenSocket } from "../loop/host_loop.ts";
import { checkProtocol } from "./check_protocol.ts";
import { SHUTDOWN_TIMEOUT } from "./ending.ts";
import { loadNet } from "./load_net.ts";
import { SocketTransport } from "./socket_transport.ts";
import { toClientOptions, toServerOptions } from "./tls_options.ts";

/** Milliseconds for the handshake. */
const HANDSHAKE_TIMEOUT = 60_000;

/** A protocol of the module's own that keeps what came before TLS began: it belongs to TLS then. */
export interface UnreadKeeper extends Protocol {
  /** Returns what was read and not asked for, and forgets it. */
  takeUnread(): Uint8Array;
}

/** `loop.startTls()`. */
export function* startTls(
  loop: HostLoop,
  transport: Transport,
  protocol: StreamProtocol,
  ssl: TlsOptions | true,
  options: StartTlsOptions,
): Coroutine<SocketTransport> {
  if (!(transport instanceof SocketTransport)) {
    throw new TypeError(`Cannot speak TLS on ${describeKind(transport)}: give the transport of a connection.`);
  }
  if (transport.direction !== null) {
    throw new TypeError(`Cannot speak TLS on ${transport}: it goes one way. Give the transport of a connection.`);
  }
  checkProtocol(protocol);
  if (transport.state.writer === "TLS") {
    throw new TypeError(
      `Cannot speak TLS on ${transport}: it was upgraded. Use the transport that startTls() returned.`,
    );
  }
  if (transport.state.writer === "file") transport.ending.refuseBesideFile("speak TLS");
  if (transport.loop !== loop) {
    throw new RuntimeError(`Cannot speak TLS on ${transport} here: it belongs to another loop.`);
  }
  const net = yield* loadNet(loop, "speak TLS");
  const { serverSide = false, serverHostname = "", sslHandshakeTimeout, sslShutdownTimeout } = options;
  let begin: (host: HostStream, pending: Uint8Array) => Promise<HostStream>;
  if (serverSide) {
    // The deadline is kept below, and says more than the adapter's.
    const server = toServerOptions(ssl, Infinity);
    const { upgradeTlsServer } = net;
    if (upgradeTlsServer === undefined) {
      throw new NotSupportedError(
        `Cannot start TLS as a server on "${loop.adapter.name}": this runtime upgrades clients alone. Listen with ssl from the start.`,
      );
    }
    begin = (host, pending) => upgradeTlsServer.call(net, host, server, pending);
  } else {
    const client = toClientOptions(ssl, serverHostname);
    begin = (host, pending) => net.upgradeTls(host, client, pending);
  }
  const unread = serverSide ? (protocol as Partial<UnreadKeeper>) : null;
  const secured = yield* upgrade(transport, begin, unread, sslHandshakeTimeout, sslShutdownTimeout);
  loop.noteOpen(secured);
  const server = transport.server;
  secured.protocol = protocol;
  secured.state.move("begin");
  secured.server = server;
  // The new one comes before the old one goes, or the server would believe that nobody is left.
  server?.attach(secured);
  server?.detach(transport);
  secured.startReading();
  return secured;
}

/**
 * Hands a transport's socket over to TLS, and returns a transport on top; its protocol is not told anything. The handshake that fails, takes too
 * long or is cancelled closes the connection.
 */
export function* upgrade(
  plain: SocketTransport,
  begin: (host: HostStream, pending: Uint8Array) => Promise<HostStream>,
  unread: Partial<UnreadKeeper> | null,
  handshakeTimeout: number = HANDSHAKE_TIMEOUT,
  shutdownTimeout: number = SHUTDOWN_TIMEOUT,
): Coroutine<SocketTransport> {
  const loop = plain.loop;
  const reading = plain.isReading();
  if (plain.protocol !== null) plain.pauseReading();
  const flushed = plain.ending.untilFlushed();
  try {
    if (flushed !== null) yield* flushed;
  } catch (error) {
    // TLS has not begun, so the connection goes on in the clear.
    if (reading) plain.resumeReading();
    throw error;
  }
  if (plain.isClosing() || plain.state.gone) {
    plain.abort();
    throw new OSError(`Cannot speak TLS on ${plain}: the connection is closed.`, { code: "ECONNRESET" });
  }
  const pending = concatenate([unread?.takeUnread?.() ?? NOTHING, plain.incoming.takeAll()]);
  plain.ending.surrender();
  // Until TLS has it, the socket would end with nobody should the loop close.
  const holder: OpenSocket = { isOpen: () => false, abandon: () => plain.host.abort() };
  loop.openSockets.add(holder);
  let over = false;
  const handshake = begin(plain.host, pending).then(
    (host) => {
      loop.openSockets.delete(holder);
      const secured = new SocketTransport(loop, host, plain.context);
      if (!over) return secured;
      secured.discard();
      return null;
    },
    (error: unknown) => {
      loop.openSockets.delete(holder);
      // Told to nobody once the wait is over: it is what became of the abort below.
      if (over) return null;
      throw error;
    },
  );
  let timer: TimerHandle | null = null;
  const deadline = new Promise<null>((resolve) => {
    if (handshakeTimeout < Infinity) timer = loop.callLater(handshakeTimeout, () => resolve(null));
  });
  try {
    const wait = fromPromise(Promise.race([handshake, deadline]), { onLate: (late) => late?.discard() });
    const secured = yield* wait;
    if (secured === null) {
      plain.host.abort();
      throw new OSError(`Cannot speak TLS on ${plain}: the handshake took longer than ${handshakeTimeout} ms.`, {
        code: "ECONNABORTED",
      });
    }
    secured.ending.shutdownTimeout = shutdownTimeout;
    return secured;
  } catch (error) {
    over = true;
    if (isCancelled(error)) plain.host.abort();
    if (plain.protocol !== null) plain.ending.lostByUpgrade(isCancelled(error) ? null : error as Error);
    throw error;
  } finally {
    (timer as TimerHandle | null)?.cancel();
  }
}
