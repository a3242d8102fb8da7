/**
 * TLS as a no-op: a handshake that may fail, and bytes that go on in the clear. Certificates are not looked at.
 *
 * @module
 */
import type {
  HostStream,
  SocketAddress,
  StreamEvents,
  TlsClientOptions,
  TlsInfo,
  TlsServerOptions,
} from "../../adapters/net.ts";
import { tlsError } from "../../adapters/shared/socket_errors.ts";
import type { TlsError } from "../../core/errors.ts";
import type { Scheduled } from "./event_queue.ts";
import type { SimulatedStream } from "./stream.ts";

/** What records begin with: those of a handshake, and alerts. */
const HANDSHAKE = 0x16;
const ALERT = 0x15;
/** How long the head of a record is. */
const HEAD = 5;
/** Milliseconds that a client gets for its handshake if nothing else is said. */
const HANDSHAKE_TIMEOUT = 60_000;

/** What both sides say of themselves. */
interface Hello {
  readonly alpn: readonly string[] | string | null;
  readonly error?: string;
}

/** What one side makes of the other's hello: what was agreed on, and what it says to that. */
type Answer = (hello: Hello) => { readonly alpn: string | null; readonly reply: Hello | null };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A record. Those of a handshake are not short either where they are real. */
function recordOf(kind: number, hello: Hello): Uint8Array {
  const body = encoder.encode(JSON.stringify(hello).padEnd(200));
  return new Uint8Array([kind, 3, 3, body.length >> 8, body.length & 255, ...body]);
}

function handshakeFailed(why: string): TlsError {
  return tlsError(false, new Error(`${why} (simulated)`));
}

/** A stream whose handshake is done. */
export class SecuredStream implements HostStream {
  readonly tls: TlsInfo;
  readonly #inner: SimulatedStream;

  constructor(inner: SimulatedStream, tls: TlsInfo) {
    this.#inner = inner;
    this.tls = tls;
  }

  /** The stream that it goes over. */
  static plain(stream: HostStream): SimulatedStream {
    return stream instanceof SecuredStream ? stream.#inner : stream as SimulatedStream;
  }

  get localAddress(): SocketAddress {
    return this.#inner.localAddress;
  }

  get remoteAddress(): SocketAddress {
    return this.#inner.remoteAddress;
  }

  start(events: StreamEvents): void {
    this.#inner.tellTo(events);
  }

  pauseReading(): void {
    this.#inner.pauseReading();
  }

  resumeReading(): void {
    this.#inner.resumeReading();
  }

  giveBack(kept: boolean): void {
    this.#inner.giveBack(kept);
  }

  write(bytes: Uint8Array): number {
    return this.#inner.write(bytes);
  }

  endWriting(): void {
    this.#inner.endWriting();
  }

  close(): void {
    this.#inner.close();
  }

  abort(): void {
    this.#inner.abort();
  }

  setNoDelay(): void {}

  setKeepAlive(): void {}
}

/** One side of a handshake. */
class Handshake implements StreamEvents {
  readonly promise: Promise<SecuredStream>;
  readonly #stream: SimulatedStream;
  readonly #answer: Answer;
  readonly #resolve: (stream: SecuredStream) => void;
  readonly #reject: (error: Error) => void;
  readonly #deadline: Scheduled | null;
  #received: Uint8Array = new Uint8Array(0);
  #unsent: Uint8Array = new Uint8Array(0);
  #isOver = false;
  /** What is to be done once everything is sent. */
  #whenSent: (() => void) | null = null;

  constructor(stream: SimulatedStream, answer: Answer, timeout: number | null) {
    const { promise, resolve, reject } = Promise.withResolvers<SecuredStream>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stream = stream;
    this.#answer = answer;
    this.#deadline = timeout === null ? null : stream.machine.world.queue.after(timeout, () => {
      this.#fail("the handshake took too long");
    });
    stream.tellTo(this);
  }

  send(record: Uint8Array): void {
    this.#unsent = record;
    this.#flush(0);
  }

  data(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#received.length + bytes.length);
    all.set(this.#received);
    all.set(bytes, this.#received.length);
    this.#received = all;
    this.#look();
  }

  end(): void {
    this.#fail("the other side has left");
  }

  drain(taken: number): void {
    this.#flush(taken);
  }

  closed(error: Error | null): void {
    this.#over();
    this.#reject(error === null ? handshakeFailed("the connection was closed") : tlsError(false, error));
  }

  /** Bytes that were read before. */
  begin(pending: Uint8Array): void {
    if (pending.length > 0) this.data(pending);
  }

  #over(): void {
    this.#isOver = true;
    if (this.#deadline !== null) this.#deadline.run = null;
  }

  #fail(why: string): void {
    if (this.#isOver) return;
    this.#over();
    this.#stream.tellTo(null);
    this.#stream.close();
    this.#reject(handshakeFailed(why));
  }

  #flush(taken: number): void {
    this.#unsent = this.#unsent.subarray(taken);
    while (this.#unsent.length > 0) {
      const more = this.#stream.write(this.#unsent);
      if (more === 0) return;
      this.#unsent = this.#unsent.subarray(more);
    }
    const then = this.#whenSent;
    this.#whenSent = null;
    then?.();
  }

  #look(): void {
    const received = this.#received;
    if (this.#isOver || received.length === 0) return;
    const kind = received[0];
    if (kind !== HANDSHAKE && kind !== ALERT) {
      // Whoever speaks something else is told in the words of TLS.
      this.#fail("what came is no TLS");
      return;
    }
    if (received.length < HEAD) return;
    const length = HEAD + (received[3]! << 8 | received[4]!);
    if (received.length < length) return;
    let hello: Hello;
    try {
      hello = JSON.parse(decoder.decode(received.subarray(HEAD, length))) as Hello;
    } catch {
      return this.#fail("what came is no hello of a simulated host");
    }
    if (kind === ALERT) return this.#fail(hello.error ?? "the other side has refused");
    this.#answered(hello, received.slice(length));
  }

  #answered(hello: Hello, rest: Uint8Array): void {
    const { alpn, reply } = this.#answer(hello);
    this.#over();
    const done = (): void => {
      if (reply?.error !== undefined) {
        this.#isOver = false;
        return this.#fail(reply.error);
      }
      const stream = this.#stream;
      stream.tellTo(null);
      stream.unread(rest);
      this.#resolve(
        new SecuredStream(stream, { alpnProtocol: alpn, version: "TLSv1.3", cipher: "TLS_NONE_SIMULATED" }),
      );
    };
    if (reply === null) return done();
    this.#whenSent = done;
    this.send(recordOf(reply.error === undefined ? HANDSHAKE : ALERT, reply));
  }
}

/** Speaks TLS as a client. */
export function secureClient(
  stream: SimulatedStream,
  options: TlsClientOptions,
  pending: Uint8Array,
): Promise<SecuredStream> {
  const { chance, tlsFailure } = stream.machine.world;
  const fails = chance.happens(tlsFailure);
  const handshake = new Handshake(
    stream,
    ({ alpn }) => ({ alpn: typeof alpn === "string" ? alpn : null, reply: null }),
    null,
  );
  if (pending.length > 0) handshake.begin(pending);
  else if (fails) handshake.send(recordOf(ALERT, { alpn: null, error: "the handshake was made to fail" }));
  else handshake.send(recordOf(HANDSHAKE, { alpn: options.alpnProtocols ?? [] }));
  return handshake.promise;
}

/** Speaks TLS as a server. */
export function secureServer(
  stream: SimulatedStream,
  options: TlsServerOptions,
  pending: Uint8Array,
): Promise<SecuredStream> {
  const { alpnProtocols = [], handshakeTimeout = HANDSHAKE_TIMEOUT } = options;
  const handshake = new Handshake(stream, ({ alpn }) => {
    const offered = Array.isArray(alpn) ? alpn as readonly string[] : [];
    const chosen = alpnProtocols.find((protocol) => offered.includes(protocol)) ?? null;
    if (chosen === null && offered.length > 0 && alpnProtocols.length > 0) {
      return { alpn: null, reply: { alpn: null, error: "no application protocol is common" } };
    }
    return { alpn: chosen, reply: { alpn: chosen } };
  }, handshakeTimeout);
  handshake.begin(pending);
  return handshake.promise;
}
