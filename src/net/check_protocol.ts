/**
 * Tells protocols from what cannot be told anything.
 *
 * @module
 */
import { isGeneratorFunction } from "../core/suspend.ts";
import { describeKind } from "../core/repr.ts";
import type { DatagramProtocol, StreamProtocol } from "../io/protocols.ts";

/** What the loop calls, and does not step or await. */
const METHODS = [
  "connectionMade",
  "connectionLost",
  "pauseWriting",
  "resumeWriting",
  "dataReceived",
  "eofReceived",
  "getBuffer",
  "bufferUpdated",
  "datagramReceived",
  "errorReceived",
] as const;
const asyncFunction = Object.getPrototypeOf(async function () {}) as object;

/** Classes whose methods were looked at: connections are more than classes. */
const good = new WeakSet<object>();

/** Refuses what is not a protocol of a stream. */
export function checkProtocol(protocol: unknown): asserts protocol is StreamProtocol {
  const { connectionMade, dataReceived, getBuffer } = (protocol ?? {}) as Record<string, unknown>;
  if (typeof connectionMade === "function" && (typeof dataReceived === "function" || typeof getBuffer === "function")) {
    return checkMethods(protocol as object);
  }
  throw new TypeError(
    `Cannot use ${
      describeKind(protocol)
    } as a protocol: give an object of a class that extends Protocol or BufferedProtocol.`,
  );
}

/** Refuses what is not a protocol for datagrams. */
export function checkDatagramProtocol(protocol: unknown): asserts protocol is DatagramProtocol {
  const { connectionMade, datagramReceived } = (protocol ?? {}) as Record<string, unknown>;
  if (typeof connectionMade === "function" && typeof datagramReceived === "function") {
    return checkMethods(protocol as object);
  }
  throw new TypeError(
    `Cannot use ${
      describeKind(protocol)
    } as a protocol for datagrams: give an object of a class that extends DatagramProtocol.`,
  );
}

/** Refuses coroutines: nobody would run one, nor hear of what an async function throws. */
function checkMethods(protocol: object): void {
  const kind = Object.getPrototypeOf(protocol) as object | null;
  if (kind !== null && good.has(kind)) return;
  for (const name of METHODS) {
    const method = (protocol as Record<string, unknown>)[name];
    const generator = isGeneratorFunction(method);
    if (!generator && !(typeof method === "function" && Object.prototype.isPrototypeOf.call(asyncFunction, method))) {
      continue;
    }
    throw new TypeError(
      `Cannot use ${describeKind(protocol)} as a protocol: its ${name}() is ${
        generator ? "a generator function, which nobody would run" : "an async function, which nobody would await"
      }. Make it a plain one; createTask() in it starts what has to wait.`,
    );
  }
  if (kind !== null) good.add(kind);
}
