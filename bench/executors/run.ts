/**
 * Threads by this module beside bare workers and one thread, on Deno, Bun and Node: the round trip of `toThread()`, and hashing on two
 * processors.
 *
 * ```sh
 * deno run -A bench/executors/run.ts                    # a minute
 * deno run -A bench/executors/run.ts --only bun --rounds 60
 * deno run -A bench/executors/run.ts --smoke            # seconds, to see that it works; nothing is judged
 * ```
 *
 * @module
 */
import { runBeside } from "../beside.ts";
import { executors } from "./bench.ts";

await runBeside(executors);
