/**
 * Having the runtime's own loop watch one descriptor, an eventfd.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "../shared/timers.ts";

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

interface DenoScope {
  readonly process: { binding(name: string): PipeWrap };
}

/** Loads what watches on Deno: the microtasks that wait run meanwhile (quirk `loading-turns`), so that nothing may be half done. */
export function loadHostWatch(): void {
  if ("Deno" in globalThis) pipeWrap();
}

function pipeWrap(): PipeWrap {
  return (globalThis as unknown as DenoScope).process.binding("pipe_wrap");
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
  const { Pipe } = pipeWrap();
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

/** Milliseconds after which a read is tried again that could not begin. */
const RETRY = 50;

/**
 * A file of Bun's that is a descriptor can be read as a stream, and does so in Bun's own loop. There is a read as long as it holds the program. It
 * takes another descriptor; while none is free, the eventfd is read at intervals.
 */
function watchOnBun(fd: number, signalled: () => void, close: () => void): HostWatch {
  const { Bun } = globalThis as unknown as { readonly Bun: BunFiles };
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  let retry: unknown = null;
  const open = (): void => {
    retry = null;
    try {
      reader = Bun.file(fd).stream().getReader();
      read();
    } catch {
      openLater();
    }
  };
  const openLater = (): void => {
    reader = null;
    retry = setTimeout(() => {
      open();
      signalled();
    }, RETRY);
  };
  const read = (): void => {
    const current = reader!;
    current.read().then(({ done }) => {
      if (done || reader !== current) return;
      read();
      signalled();
    }, () => {
      if (reader === current) openLater();
    });
  };
  const letGo = (): Promise<void> => {
    const current = reader;
    reader = null;
    clearTimeout(retry);
    retry = null;
    return current === null ? Promise.resolve() : current.cancel();
  };
  return {
    hold() {
      if (reader === null && retry === null) open();
    },
    letGo: () => void letGo(),
    close: () => void letGo().then(close, close),
  };
}
