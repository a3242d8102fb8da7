/** Where what a command writes goes. */
export interface Show {
  /** Takes what a command has written. */
  write(chunk: Uint8Array): void;
  /** Takes a line. */
  line(text: string): void;
}

/** Shows everything at once. */
export const shown: Show = {
  write(chunk) {
    for (let rest = chunk; rest.length > 0;) rest = rest.subarray(Deno.stdout.writeSync(rest));
  },
  line: (text) => shown.write(new TextEncoder().encode(`${text}\n`)),
};

/** Keeps what is written until it is its turn to be shown: what runs beside something else must not write between its lines. */
export class Kept implements Show {
  #chunks: Uint8Array[] | null = [];

  write(chunk: Uint8Array): void {
    if (this.#chunks === null) shown.write(chunk);
    else this.#chunks.push(chunk);
  }

  line(text: string): void {
    this.write(new TextEncoder().encode(`${text}\n`));
  }

  /** Shows what was written so far, and from now on everything at once. */
  show(): void {
    for (const chunk of this.#chunks ?? []) shown.write(chunk);
    this.#chunks = null;
  }
}
