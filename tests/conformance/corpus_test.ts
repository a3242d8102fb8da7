import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type FormName, FORMS, judge } from "./forms.ts";
import { areaOf, readCorpus, type Recorded } from "./program.ts";

/** How many programs may be skipped: those that start an async function eagerly that waits. */
const SKIPPED_AT_MOST = 70;
let skipped = 0;

/** Runs all programs of an area; the message names those that differ, with the first difference of each. */
async function runAll(programs: readonly Recorded[], form: FormName): Promise<void> {
  const failures: string[] = [];
  for (const recorded of programs) {
    const { kind, difference } = await judge(recorded, FORMS[form]);
    if (kind === "skipped") skipped++;
    if (kind === "failed") failures.push(`${recorded.id}\n${difference}`);
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

for (const form of Object.keys(FORMS) as FormName[]) {
  for (const [file, title] of Object.entries(CORPORA)) {
    const programs = await readCorpus(new URL(`./${file}`, import.meta.url));
    const areas = Map.groupBy(
      programs,
      (recorded) => file === "hand.jsonl" ? "all" : areaOf(recorded).split("-")[0] ?? "",
    );

    describe(`The same order of events as CPython, ${title} as ${form}`, () => {
      it("holds programs", () => {
        assert(programs.length > 0);
      });
      for (const [area, ofArea] of areas) {
        it(`${area}: ${ofArea.length} programs run exactly as recorded`, async () => {
          await runAll(ofArea, form);
        });
      }
    });
  }
}

describe("Programs that start an async function eagerly", () => {
  it(`differ in at most ${SKIPPED_AT_MOST} cases, after all have run`, () => {
    assert(skipped <= SKIPPED_AT_MOST, `${skipped} are skipped`);
  });
});
