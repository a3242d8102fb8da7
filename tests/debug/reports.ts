/**
 * What a program is told of its mistakes.
 */
import { EventLoop, type EventLoopOptions, type ExceptionContext, run, type TaskSource } from "../../mod.ts";

/** What a loop has written and reported. */
export class Reports {
  readonly warnings: string[] = [];
  readonly errors: string[] = [];
  readonly contexts: ExceptionContext[] = [];
  /** How far the clock of its loop was set forward, in milliseconds. */
  forward = 0;

  /** Makes a loop that reports here. Its seconds last a fiftieth of one. */
  makeLoop(options: EventLoopOptions = {}): EventLoop {
    using known = new EventLoop();
    const { adapter } = known;
    const loop = new EventLoop({
      debug: true,
      ...options,
      logger: {
        warn: (...data) => void this.warnings.push(data.map(String).join(" ")),
        error: (...data) => void this.errors.push(data.map(String).join(" ")),
      },
      adapter: {
        ...adapter,
        now: () => adapter.now() * 50 + this.forward,
        setTimer: (delay, callback) => adapter.setTimer(delay / 50, callback),
      },
    });
    // What the tests do may take longer than they want to be told of.
    loop.slowCallbackDuration = 100_000;
    loop.setExceptionHandler((_, context) => this.contexts.push(context));
    return loop;
  }
}

/** Runs a program, in debug mode if nothing else is said, and returns what its loop said of it. */
export async function reportsOf(
  main: TaskSource<unknown>,
  options: EventLoopOptions & { readonly prepare?: (loop: EventLoop) => void } = {},
): Promise<Reports> {
  const reports = new Reports();
  const { prepare, ...loopOptions } = options;
  const loopFactory = () => {
    const loop = reports.makeLoop(loopOptions);
    prepare?.(loop);
    return loop;
  };
  await run(main, { loopFactory });
  return reports;
}

/** A line of the caller's code, as `file.ts:12:`, to be found in a report: so many lines further down. */
export function lineHere(offset = 0): string {
  const frame = new Error().stack!.split("\n").filter((line) => /_test\.ts/.test(line))[0]!;
  const [, file, line] = /([\w.]+_test\.ts):(\d+)/.exec(frame)!;
  return `${file}:${Number(line) + offset}:`;
}
