/**
 * Waits that have an end. A test that waits for what does not come fails soon, and says what that was and what the other side has said.
 *
 * @module
 */

/** So long, in milliseconds, a test waits for anything. Nothing depends on it but a failure. */
export const PATIENCE = 30_000;

/** Waits for a promise, but not for ever. `said` gives what the other side has said so far. */
export async function within<T>(
  promise: PromiseLike<T>,
  what: string,
  said?: () => string,
  patience: number = PATIENCE,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(inVain(what, said))), patience);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until it is so, but not for ever. `pause` is what happens between two questions. */
export async function eventually(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  said?: () => string,
  pause: () => PromiseLike<unknown> = aMoment,
  patience: number = PATIENCE,
): Promise<void> {
  const end = performance.now() + patience;
  while (!await isSo()) {
    if (performance.now() > end) throw new Error(inVain(what, said));
    await pause();
  }
}

/** Something that tells when anything about it has changed. */
export class Changing {
  readonly #waiting = new Set<() => void>();

  /** Resolves when it is as it should be. Rejects when it is over and is not, or after a while. */
  protected async untilSo(isSo: () => boolean, what: string): Promise<void> {
    const isOver = () => this.isOver();
    const wait = async () => {
      while (!isSo()) {
        if (isOver()) throw new Error(`It ended before there was ${what}. ${this.said()}`);
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    };
    await within(wait(), what, () => this.said());
  }

  /** Whether nothing can change any more. */
  protected isOver(): boolean {
    return false;
  }

  /** What the other side has said, for a test that fails. */
  protected said(): string {
    return "";
  }

  protected changed(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** The last part of what was said: the end tells most. */
export function tail(text: string): string {
  return text.length > 4_000 ? `… ${text.slice(-4_000)}` : text;
}

function inVain(what: string, said: (() => string) | undefined): string {
  return `Waited in vain for ${what}. ${said === undefined ? "" : said()}`.trimEnd();
}

function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}
