import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { NAMES, simulate, TwoLeaders } from "../../examples/simulation/simulate.ts";
import { drawTimeline } from "../../examples/simulation/timeline.ts";

describe("The election of examples/simulation", () => {
  it("has two leaders in one term by some of 1,000 seeds, always by the same one, and is drawn", async () => {
    const found = await simulate(1_000, false);
    assert("error" in found);
    const { error, network } = found;
    assertInstanceOf(error.cause, TwoLeaders);
    const again = await simulate([error.seed], false);
    assert("error" in again);
    assertEquals([again.error.seed, again.network.log()], [error.seed, network.log()]);

    const drawing = drawTimeline(network.events(), NAMES, network.now() - 400);
    assert(drawing.startsWith("<svg "));
    for (const name of NAMES) assertStringIncludes(drawing, `class="host">${name}</text>`);
    assertStringIncludes(drawing, "leads in term");
    assert(drawing.match(/<path /g)!.length > 5);
  });

  it("has none once the mistake is fixed", async () => {
    assertEquals(await simulate(50, true), { runs: 50, exhausted: false });
  });
});
