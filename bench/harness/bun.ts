/**
 * The parts of Bun that the benches use, said here so that the files check without Bun's types.
 *
 * @module
 */

/** A socket of Bun, with what belongs to it. */
export interface BunSocket<T> {
  data: T;
  /** Sends bytes; returns how many of them the system took, or -1 once the socket is closed. */
  write(bytes: Uint8Array): number;
  end(): void;
  terminate(): void;
}

/** Who hears what happens on sockets. */
export interface BunHandlers<T> {
  binaryType: "uint8array";
  open?(socket: BunSocket<T>): void;
  data(socket: BunSocket<T>, bytes: Uint8Array): void;
  drain?(socket: BunSocket<T>): void;
  close?(socket: BunSocket<T>): void;
  error?(socket: BunSocket<T>, error: Error): void;
}

interface Bun {
  listen<T>(options: { hostname: string; port: number; socket: BunHandlers<T> }): { readonly port: number };
  connect<T>(
    options: { hostname: string; port: number; data: T; socket: BunHandlers<T> },
  ): Promise<BunSocket<T>>;
  /** Runs a command to its end. `cpuTime` is in microseconds. */
  spawnSync(
    command: readonly string[],
    options: { stdin: "ignore"; stdout: "ignore"; stderr: "inherit" },
  ): { readonly exitCode: number | null; readonly resourceUsage: { readonly cpuTime: { readonly total: bigint } } };
}

/** Bun's own functions. */
export const bun: Bun = (globalThis as unknown as { Bun: Bun }).Bun;
