/**
 * Runs the simulations with more seeds: `deno task test:simulation --seeds 10000`.
 *
 * @module
 */
const at = Deno.args.indexOf("--seeds");
const seeds = at < 0 ? 10_000 : Number(Deno.args[at + 1]);
if (!Number.isInteger(seeds) || seeds < 1) {
  throw new RangeError("Cannot run the simulations: --seeds takes a whole number of at least 1.");
}
const command = new Deno.Command(Deno.execPath(), {
  args: ["test", "--allow-all", "--no-check", "--config", "deno.offline.json", "tests/simulation/"],
  env: { SIMULATION_SEEDS: String(seeds) },
});
Deno.exit((await command.spawn().status).code);
