/**
 * Deno's permissions for what is only a look: on a terminal Deno would stop and ask the user for it.
 *
 * @module
 */

type Descriptor =
  | { readonly name: "read" | "write"; readonly path?: string }
  | { readonly name: "net"; readonly host: string }
  | { readonly name: "env"; readonly variable?: string }
  | { readonly name: "sys" };

interface DenoGlobal {
  readonly permissions: { querySync(descriptor: Descriptor): { readonly state: string } };
}

/** Whether it may be looked at without a question; always where there is no Deno. */
export function mayLook(descriptor: Descriptor): boolean {
  const { Deno } = globalThis as unknown as { readonly Deno?: DenoGlobal };
  return Deno === undefined || Deno.permissions.querySync(descriptor).state === "granted";
}
