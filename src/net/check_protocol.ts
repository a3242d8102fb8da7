/**
 * Tells protocols from what cannot be told anything.
 *
 * @module
 */
import { describeKind } from "../core/repr.ts";
import type { DatagramProtocol, StreamProtocol } from "./protocol.ts";

/** Refuses what is no protocol of a stream. */
export function checkProtocol(protocol: unknown): asserts protocol is StreamProtocol {
  const { connectionMade, dataReceived, getBuffer } = (protocol ?? {}) as Record<string, unknown>;
  if (typeof connectionMade === "function" && (typeof dataReceived === "function" || typeof getBuffer === "function")) {
    return;
  }
  throw new TypeError(
    `Cannot use ${
      describeKind(protocol)
    } as a protocol: give an object of a class that extends Protocol or BufferedProtocol.`,
  );
}

/** Refuses what is no protocol for datagrams. */
export function checkDatagramProtocol(protocol: unknown): asserts protocol is DatagramProtocol {
  const { connectionMade, datagramReceived } = (protocol ?? {}) as Record<string, unknown>;
  if (typeof connectionMade === "function" && typeof datagramReceived === "function") return;
  throw new TypeError(
    `Cannot use ${
      describeKind(protocol)
    } as a protocol for datagrams: give an object of a class that extends DatagramProtocol.`,
  );
}
