import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { areaOf, readCorpus, type Recorded } from "./program.ts";
import { check } from "./runner.ts";

/** Runs all programs of an area; the message names those that differ, with the first difference of each. */
async function runAll(programs: readonly Recorded[]): Promise<void> {
  const failures: string[] = [];
  for (const recorded of programs) {
    const { difference } = await check(recorded);
    if (difference !== null) failures.push(`${recorded.id}\n${difference}`);
  }
  assertEquals(
    failures.length,
    0,
    `${failures.length} of ${programs.length} differ:\n${failures.slice(0, 5).join("\n")}`,
  );
}

const CORPORA = {
  "corpus.jsonl": "the recorded corpus",
  "seeds.jsonl": "further seeds",
  "hand.jsonl": "programs written by hand",
};

for (const [file, title] of Object.entries(CORPORA)) {
  const programs = await readCorpus(new URL(`./${file}`, import.meta.url));
  const areas = Map.groupBy(
    programs,
    (recorded) => file === "hand.jsonl" ? "all" : areaOf(recorded).split("-")[0] ?? "",
  );

  describe(`The same order of events as CPython, ${title}`, () => {
    it("holds programs", () => {
      assert(programs.length > 0);
    });
    for (const [area, ofArea] of areas) {
      it(`${area}: ${ofArea.length} programs run exactly as recorded`, async () => {
        await runAll(ofArea);
      });
    }
  });
}
