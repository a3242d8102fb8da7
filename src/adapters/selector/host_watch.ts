/**
 * Having the runtime's own loop watch one descriptor, an eventfd.
 *
 * @module
 */

/** A watch. */
export interface HostWatch {
  /** The program goes on for it. */
  hold(): void;
  /** The program does not go on for it, as at the beginning. The signals of this time may be told later, or not at all. */
  letGo(): void;
  /** Ends it; the descriptor is closed. */
  close(): void;
}

/** Has the runtime call back when the eventfd was signalled. `close` closes it, where the runtime does not do so by itself. */
export function watchEventfd(fd: number, signalled: () => void, close: () => void): HostWatch {
  return "Bun" in globalThis ? watchOnBun(fd, signalled, close) : watchOnDeno(fd, signalled);
}

/** What is used of `pipe_wrap`, the binding that pipes of `node:net` are made of. */
interface PipeWrap {
  readonly Pipe: new (kind: number) => {
    open(fd: number): number;
    readStart(): number;
    ref(): void;
    unref(): void;
    close(): void;
    onread: (bytes: unknown) => void;
  };
}

const PIPE_SOCKET = 0;

/** A pipe of Node's reads from whatever descriptor it is given, and tells each signal by eight bytes. */
function watchOnDeno(fd: number, signalled: () => void): HostWatch {
  const { process } = globalThis as unknown as { readonly process: { binding(name: string): PipeWrap } };
  const { Pipe } = process.binding("pipe_wrap");
  const pipe = new Pipe(PIPE_SOCKET);
  pipe.onread = signalled;
  pipe.open(fd);
  pipe.readStart();
  pipe.unref();
  let isHeld = false;
  return {
    hold() {
      if (!isHeld) pipe.ref();
      isHeld = true;
    },
    letGo() {
      if (isHeld) pipe.unref();
      isHeld = false;
    },
    close: () => pipe.close(),
  };
}

interface BunFiles {
  file(fd: number): { stream(): ReadableStream<Uint8Array> };
}

/** A file of Bun's that is a descriptor can be read as a stream, and does so in Bun's own loop. There is a read as long as it holds the program. */
function watchOnBun(fd: number, signalled: () => void, close: () => void): HostWatch {
  const { Bun } = globalThis as unknown as { readonly Bun: BunFiles };
  type Reader = ReadableStreamDefaultReader<Uint8Array>;
  let current: Reader | null = null;
  const read = (reader: Reader): void => {
    reader.read().then(({ done }) => {
      if (done || current !== reader) return;
      read(reader);
      signalled();
    }, () => {});
  };
  const letGo = (): Promise<void> => {
    const reader = current;
    current = null;
    return reader === null ? Promise.resolve() : reader.cancel();
  };
  return {
    hold() {
      if (current === null) read(current = Bun.file(fd).stream().getReader());
    },
    letGo: () => void letGo(),
    close: () => void letGo().then(close, close),
  };
}
