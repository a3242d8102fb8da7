import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Changing, within } from "./within.ts";

class Speaker extends Changing {
  text = "";
  over = false;

  until(text: string): Promise<void> {
    return this.untilSo(() => this.text.includes(text), JSON.stringify(text));
  }

  say(text: string): void {
    this.text += text;
    this.changed();
  }

  end(): void {
    this.over = true;
    this.changed();
  }

  protected override isOver(): boolean {
    return this.over;
  }

  protected override said(): string {
    return `It has said: ${this.text}`;
  }
}

describe("A wait of the tests", () => {
  it("gives what it waits for, or what went wrong with it", async () => {
    assertEquals(await within(Promise.resolve(1), "a number"), 1);
    await assertRejects(() => within(Promise.reject(new RangeError("no")), "a number"), RangeError, "no");
  });

  it("says what it has waited for in vain, and what the other side has said", async () => {
    const waiting = within(new Promise(() => {}), "an answer", () => "The server has sent: 500", 1);
    await assertRejects(() => waiting, Error, "Waited in vain for an answer. The server has sent: 500");
  });

  it("ends with what it waits for, which has said something else", async () => {
    const speaker = new Speaker();
    const [hears, waits] = [speaker.until("hello"), speaker.until("goodbye")];
    speaker.say("hello");
    await hears;
    speaker.end();
    await assertRejects(() => waits, Error, 'It ended before there was "goodbye". It has said: hello');
  });
});
