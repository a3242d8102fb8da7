/**
 * A list that is cheap to change at both ends: a ring in an array.
 *
 * @module
 */
export type End = "left" | "right";

export class List {
  /** Its length is a power of two, so that an index goes round by its lowest bits. */
  #ring: (string | undefined)[] = new Array(4).fill(undefined);
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(end: End, element: string): void {
    if (this.#size === this.#ring.length) this.#grow();
    if (end === "left") this.#first = this.#index(-1);
    this.#ring[end === "left" ? this.#first : this.#index(this.#size)] = element;
    this.#size++;
  }

  pop(end: End): string | undefined {
    if (this.#size === 0) return undefined;
    const at = end === "left" ? this.#first : this.#index(this.#size - 1);
    const element = this.#ring[at];
    this.#ring[at] = undefined;
    if (end === "left") this.#first = this.#index(1);
    this.#size--;
    return element;
  }

  /** The elements from one index to another, both included. */
  range(start: number, stop: number): string[] {
    const elements: string[] = [];
    for (let i = start; i <= stop; i++) elements.push(this.#ring[this.#index(i)] as string);
    return elements;
  }

  #index(i: number): number {
    return (this.#first + i) & (this.#ring.length - 1);
  }

  #grow(): void {
    const elements: (string | undefined)[] = this.range(0, this.#size - 1);
    for (let i = this.#size; i > 0; i--) elements.push(undefined);
    this.#ring = elements;
    this.#first = 0;
  }
}
