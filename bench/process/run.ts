/**
 * Processes by this module beside those by the bare runtime, on Deno and on Bun: started, talked to and waited for, and much data through a
 * pipe in each direction.
 *
 * ```sh
 * deno run -A bench/process/run.ts                    # half a minute
 * deno run -A bench/process/run.ts --only bun --rounds 30
 * deno run -A bench/process/run.ts --smoke            # seconds, to see that it works; nothing is judged
 * ```
 *
 * @module
 */
import { runBeside } from "../beside.ts";
import { processes } from "./bench.ts";

await runBeside(processes);
