/**
 * Lets the benches ask a server for a full garbage collection, so that memory can be compared.
 */
import process from "node:process";

/** Collects garbage whenever the process gets SIGUSR2. */
export function collectWhenAsked(): void {
  const { Bun, gc } = globalThis as { Bun?: { gc(synchronously: boolean): void }; gc?: () => void };
  process.on("SIGUSR2", () => Bun === undefined ? gc?.() : Bun.gc(true));
}
