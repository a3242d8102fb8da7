/**
 * The part of `pg` that is used here. The example is checked and read without the package; `npm install` in this folder brings it.
 *
 * @module
 */

/** What a query returns. */
export interface QueryResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** A connection that was taken out of the pool. */
export interface Client {
  /** The number of the server's process for it, which a cancel needs. Not in the types of the package, and there since its first version. */
  readonly processID: number;
  query(sql: string, values?: readonly unknown[]): Promise<QueryResult>;
  /** Gives it back; with an error it is closed. */
  release(error?: Error): void;
}

/** A number of connections. */
export interface Pool {
  connect(): Promise<Client>;
  query(sql: string, values?: readonly unknown[]): Promise<QueryResult>;
  on(event: "error", listener: (error: Error) => void): void;
  end(): Promise<void>;
}

interface Pg {
  readonly Pool: new (options: { readonly connectionString: string; readonly max: number }) => Pool;
}

/** Said as a text, so that nobody looks for the package before the example is run. */
const name: string = "pg";

/** The class of pools. */
export const { Pool }: Pg = ((module) => module.default ?? module)(await import(name));
