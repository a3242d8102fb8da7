/**
 * The parts of Bun that the benches use, said here so that the files check without Bun's types.
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

type Output = ReadableStream<Uint8Array> & { bytes(): Promise<Uint8Array> };

interface BunChild {
  readonly stdin: { write(bytes: Uint8Array): unknown; flush(): unknown; end(): unknown };
  readonly stdout: Output;
  readonly stderr: Output;
  readonly exited: Promise<number>;
}

/** What a finished process took; `cpuTime` is in microseconds. */
interface Finished {
  readonly exitCode: number | null;
  readonly resourceUsage: { readonly cpuTime: { readonly total: bigint } };
}

type Listening<T> = { hostname: string; port: number; socket: BunHandlers<T> };

interface Bun {
  listen<T>(options: Listening<T>): { readonly port: number };
  connect<T>(options: Listening<T> & { data: T }): Promise<BunSocket<T>>;
  serve(options: { hostname: string; port: number; fetch: (request: Request) => unknown }): { readonly port: number };
  spawn(command: readonly string[], options: Readonly<Record<string, string>>): BunChild;
  spawnSync(command: readonly string[], options: Readonly<Record<string, string>>): Finished;
}

/** Bun's own functions. */
export const bun: Bun = (globalThis as unknown as { Bun: Bun }).Bun;
