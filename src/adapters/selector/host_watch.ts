/**
 * Having the runtime's own loop watch one descriptor, an eventfd.
 *
 * @module
 */

/** A watch. */
export interface HostWatch {
  /** Ends it; the descriptor is closed. */
  close(): void;
}

/** Has the runtime call back whenever the eventfd was signalled. `close` closes it, where the runtime does not do so by itself. */
export function watchEventfd(fd: number, signalled: () => void, close: () => void): HostWatch {
  return "Bun" in globalThis ? watchOnBun(fd, signalled, close) : watchOnDeno(fd, signalled);
}

/** What is used of `pipe_wrap`, the binding that pipes of `node:net` are made of. */
interface PipeWrap {
  readonly Pipe: new (kind: number) => {
    open(fd: number): number;
    readStart(): number;
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
  return { close: () => pipe.close() };
}

interface BunFiles {
  file(fd: number): { stream(): ReadableStream<Uint8Array> };
}

/** A file of Bun's that is a descriptor can be read as a stream, and does so in Bun's own loop. */
function watchOnBun(fd: number, signalled: () => void, close: () => void): HostWatch {
  const { Bun } = globalThis as unknown as { readonly Bun: BunFiles };
  const reader = Bun.file(fd).stream().getReader();
  let isClosed = false;
  const read = (): void => {
    reader.read().then(({ done }) => {
      if (done || isClosed) return;
      read();
      signalled();
    }, () => {});
  };
  read();
  return {
    close() {
      isClosed = true;
      reader.cancel().then(close, close);
    },
  };
}
