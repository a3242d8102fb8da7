/**
 * What a program in debug mode is told.
 */
import { EventLoop, type ExceptionContext, run, type TaskSource } from "../../mod.ts";

/** What a run in debug mode has written and reported. */
export interface Reports {
  readonly warnings: string[];
  readonly errors: string[];
  readonly contexts: ExceptionContext[];
}

/** Runs a program in debug mode, and returns what its loop said of it. */
export async function reportsOf(
  main: TaskSource<unknown>,
  prepare: (loop: EventLoop) => void = () => {},
): Promise<Reports> {
  const reports: Reports = { warnings: [], errors: [], contexts: [] };
  const logger = {
    warn: (...data: unknown[]) => void reports.warnings.push(data.map(String).join(" ")),
    error: (...data: unknown[]) => void reports.errors.push(data.map(String).join(" ")),
  };
  const loopFactory = () => {
    const loop = new EventLoop({ debug: true, logger });
    loop.setExceptionHandler((_, context) => reports.contexts.push(context));
    prepare(loop);
    return loop;
  };
  await run(main, { loopFactory });
  return reports;
}

/** The line of the caller's code, as `file.ts:12`, to be found in a report. */
export function lineHere(offset = 0): string {
  const frame = new Error().stack!.split("\n").filter((line) => /_test\.ts/.test(line))[0]!;
  const [, file, line] = /([\w.]+_test\.ts):(\d+)/.exec(frame)!;
  return `${file}:${Number(line) + offset}:`;
}
