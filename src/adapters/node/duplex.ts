/**
 * A stream of `node:stream` over a stream of another adapter, so that `node:tls` can speak on it where the runtime's own TLS cannot.
 *
 * @module
 */

import type { HostStream, StreamEvents } from "../net.ts";
import { loadBuiltin } from "../shared/lazy_process.ts";
import type { NetSocket } from "./types.ts";

/** The part of `node:stream` that is used here. */
interface NodeStreams {
  readonly Duplex: new (options: DuplexOptions) => HostDuplex;
}

interface DuplexOptions {
  readonly allowHalfOpen: true;
  readonly read: () => void;
  readonly write: (chunk: Uint8Array, encoding: string, written: (error?: Error) => void) => void;
  readonly final: (ended: () => void) => void;
  readonly destroy: (error: Error | null, destroyed: (error: Error | null) => void) => void;
}

/** The stream, as its maker sees it. */
interface HostDuplex extends NetSocket {
  push(chunk: Uint8Array | null): boolean;
}

/**
 * Makes a stream of Node's that reads from and writes to a host's. `begin` is to make the host's stream tell its events to the ones it
 * is given.
 */
export async function toDuplex(host: HostStream, begin: (events: StreamEvents) => void): Promise<NetSocket> {
  const { Duplex } = await loadBuiltin<NodeStreams>("node:stream");
  let rest: Uint8Array | null = null;
  let whenWritten: ((error?: Error) => void) | null = null;
  let stopped = false;
  const offer = (chunk: Uint8Array): void => {
    const taken = host.write(chunk);
    rest = taken < chunk.length ? chunk.subarray(taken) : null;
  };
  const duplex = new Duplex({
    allowHalfOpen: true,
    read() {
      if (!stopped) host.resumeReading();
    },
    write(chunk, _encoding, written) {
      offer(chunk);
      if (rest === null) written();
      else whenWritten = written;
    },
    final(ended) {
      host.endWriting();
      ended();
    },
    destroy(error, destroyed) {
      host.close();
      destroyed(error);
    },
  });
  // The options of the socket, and its reset, are those of the host's.
  Object.assign(duplex, {
    gate: {
      readStop() {
        stopped = true;
        host.pauseReading();
      },
      readStart() {
        stopped = false;
        host.resumeReading();
      },
    },
    setNoDelay: (enabled: boolean) => host.setNoDelay(enabled),
    setKeepAlive: (enabled: boolean) => host.setKeepAlive(enabled),
    resetAndDestroy() {
      host.abort();
      duplex.destroy();
    },
  });
  begin({
    data(bytes) {
      if (!duplex.push(bytes)) host.pauseReading();
    },
    end: () => void duplex.push(null),
    drain(taken) {
      if (rest === null) return;
      if (taken === rest.length) rest = null;
      else offer(rest.subarray(taken));
      if (rest !== null) return;
      const written = whenWritten;
      whenWritten = null;
      written?.();
    },
    closed: (error) => void duplex.destroy(error ?? undefined),
  });
  return duplex;
}
