/**
 * What a program is told of its mistakes.
 */
import { EventLoop, type EventLoopOptions, type ExceptionContext, run, type TaskSource } from "../../mod.ts";

/** What a loop has written and reported. */
export class Reports {
  readonly warnings: string[] = [];
  readonly errors: string[] = [];
  readonly contexts: ExceptionContext[] = [];
  /** How many of its seconds go into one. */
  readonly speed: number;
  /** How far the clock of its loop was set forward, in milliseconds. */
  forward = 0;

  constructor(speed = 50) {
    this.speed = speed;
  }

  /** Makes a loop that reports here, in debug mode if nothing else is said. */
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
        now: () => adapter.now() * this.speed + this.forward,
        setTimer: (delay, callback) => adapter.setTimer(delay / this.speed, callback),
      },
    });
    // What the tests do may take longer than they want to be told of: this is twenty seconds.
    loop.slowCallbackDuration = 1_000_000;
    loop.setExceptionHandler((_, context) => this.contexts.push(context));
    return loop;
  }
}

/** Runs a program, in debug mode if nothing else is said, and returns what its loop said of it. */
export async function reportsOf(
  main: TaskSource<unknown>,
  options: EventLoopOptions & { readonly prepare?: (loop: EventLoop) => void; readonly speed?: number } = {},
): Promise<Reports> {
  const { prepare, speed, ...loopOptions } = options;
  const reports = new Reports(speed);
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
