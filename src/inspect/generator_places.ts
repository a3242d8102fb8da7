/**
 * Where suspended coroutines stand, as V8 tells its debuggers.
 *
 * @module
 */
import { originalPosition } from "./source_map.ts";

/** The protocol of V8's debuggers, in this process or by a connection. */
export interface DebuggerProtocol {
  /** Calls a method of the protocol. */
  call<T>(method: string, params?: object): Promise<T>;
  /** Calls back with each event of a kind. */
  on<T>(event: string, callback: (params: T) => void): void;
}

/** What the protocol says of a value. */
export interface RemoteObject {
  readonly objectId?: string;
  readonly value?: unknown;
  readonly description?: string;
}

/** What it says of an object's properties. */
export interface RemoteProperties {
  readonly result: readonly { readonly name: string; readonly value?: RemoteObject }[];
  readonly internalProperties?: readonly { readonly name: string; readonly value?: RemoteObject }[];
}

/** A suspended generator. */
export interface GeneratorPlace {
  /** The name of its function; null if that has none. */
  readonly name: string | null;
  /** The file, as the program has loaded it; null if the debugger does not know it. */
  readonly file: string | null;
  /** The line, from 1. */
  readonly line: number | null;
}

interface Location {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber?: number;
}

interface Script {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL?: string;
}

/** `function* name(`, `*name(` of a class or an object, and `async` ones. */
const NAME = /^(?:static\s+)?(?:async\s+)?(?:function\s*)?\*\s*(?:\[?["']?)([\w$#.]*)/;

/** Looks generators up. The program is not halted meanwhile, whatever it says. */
export class GeneratorPlaces {
  readonly #protocol: DebuggerProtocol;
  readonly #scripts = new Map<string, Script>();
  /** By script, line and column: many tasks wait at one place. */
  readonly #lines = new Map<string, number>();
  #enabled = false;

  constructor(protocol: DebuggerProtocol) {
    this.#protocol = protocol;
  }

  /** Begins: the debugger tells of all scripts. */
  async enable(): Promise<void> {
    if (this.#enabled) return;
    this.#enabled = true;
    this.#protocol.on<Script>("Debugger.scriptParsed", (script) => void this.#scripts.set(script.scriptId, script));
    await this.#protocol.call("Debugger.setSkipAllPauses", { skip: true }).catch(() => {});
    await this.#protocol.call("Debugger.enable");
    await this.#protocol.call("Debugger.setSkipAllPauses", { skip: true });
  }

  /** Where the generator with an id of the debugger stands. */
  async look(objectId: string): Promise<GeneratorPlace> {
    const { internalProperties = [] } = await this.#protocol.call<RemoteProperties>("Runtime.getProperties", {
      objectId,
      ownProperties: true,
    });
    const value = (name: string) => internalProperties.find((property) => property.name === name)?.value;
    const source = value("[[GeneratorFunction]]")?.description ?? "";
    const location = value("[[GeneratorLocation]]")?.value as Location | undefined;
    const script = location === undefined ? undefined : this.#scripts.get(location.scriptId);
    const known = location !== undefined && script !== undefined && script.url !== "";
    return {
      name: NAME.exec(source)?.[1] || null,
      file: known ? script.url : null,
      line: known ? this.#lineOf(script, location) : null,
    };
  }

  #lineOf(script: Script, { scriptId, lineNumber, columnNumber = 0 }: Location): number {
    const key = `${scriptId}:${lineNumber}:${columnNumber}`;
    let line = this.#lines.get(key);
    if (line === undefined) {
      const original = originalPosition(script.sourceMapURL ?? "", { line: lineNumber, column: columnNumber });
      this.#lines.set(key, line = (original?.line ?? lineNumber) + 1);
    }
    return line;
  }
}
