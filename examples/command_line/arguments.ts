/**
 * What stands behind a program's name on the command line. `--help` prints how it is used; what cannot be read does so as well, and ends the program
 * with code 2.
 *
 * @module
 */
import process from "node:process";
import { parseArgs, type ParseArgsConfig } from "node:util";

/**
 * Reads the options and whatever else is given. An option called `port` is checked.
 *
 * @param usage one line, as in `"echo_server.ts [--port PORT]"`
 * @param config what `parseArgs()` of `node:util` takes
 */
export function readArguments<const T extends ParseArgsConfig>(
  usage: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  const given = process.argv.slice(2);
  if (given.includes("--help") || given.includes("-h")) {
    console.log(`Usage: ${usage}`);
    process.exit(0);
  }
  try {
    const found = parseArgs<T>(config);
    const { port } = found.values as { readonly port?: string };
    if (port !== undefined && !isPort(port)) throw new RangeError(`--port ${port} is no port: they are 0 to 65535.`);
    return found;
  } catch (error) {
    return refuse(usage, (error as Error).message);
  }
}

/** Ends the program, since it was called in a way that it cannot be used. */
export function refuse(usage: string, why?: string): never {
  if (why !== undefined) console.error(why);
  console.error(`Usage: ${usage}`);
  process.exit(2);
}

/** Whether a text is the number of a port. */
export function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= 65_535;
}
