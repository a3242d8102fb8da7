/**
 * PostgreSQL in coroutines.
 *
 * @module
 */
import { CancelledError, type Coroutine, fromPromise, Semaphore, shield } from "@loop/asyncio";
import { type Client, Pool, type QueryResult } from "./pg.ts";

type Row = Readonly<Record<string, unknown>>;

/** What queries can be made with: the database, or a connection inside of a transaction. */
export interface Queries {
  query(sql: string, ...values: unknown[]): Coroutine<readonly Row[]>;
}

/** A database, of which so many connections are used at once. Dispose of it by `use` or `await using`. */
export class Database implements Queries {
  readonly #pool: Pool;
  /** Who waits for a connection waits here, where a cancel reaches them: the pool would hand out one that nobody wants any more. */
  readonly #free: Semaphore;
  /** A cancel goes through a connection of its own. */
  readonly #control: Pool;

  constructor(connectionString: string, connections = 5) {
    this.#pool = new Pool({ connectionString, max: connections });
    this.#control = new Pool({ connectionString, max: 1 });
    this.#free = new Semaphore(connections);
    // A connection that is lost while nobody uses it is opened anew by the next query.
    for (const pool of [this.#pool, this.#control]) pool.on("error", () => {});
  }

  /** Makes one query, with `$1`, `$2` and so on in it for the values. */
  *query(sql: string, ...values: unknown[]): Coroutine<readonly Row[]> {
    const query = (connection: Queries) => connection.query(sql, ...values);
    return yield* this.#withConnection(query);
  }

  /** Runs a body in a transaction, which is committed at its end, and rolled back if it fails or is cancelled. */
  *transaction<T>(body: (connection: Queries) => Coroutine<T>): Coroutine<T> {
    return yield* this.#withConnection(function* (connection) {
      yield* connection.query("begin");
      let result: T;
      try {
        result = yield* body(connection);
      } catch (error) {
        // Also after a cancel: a finally, or a catch, may wait.
        yield* connection.query("rollback");
        throw error;
      }
      // Whether it was committed must not be left open: a cancel waits for the answer.
      yield* shield(connection.query("commit"));
      return result;
    });
  }

  *#withConnection<T>(body: (connection: Queries) => Coroutine<T>): Coroutine<T> {
    using _guard = yield* this.#free.acquire();
    const client = yield* fromPromise(this.#pool.connect(), { onLate: (late) => late.release() });
    let broken: Error | undefined;
    try {
      return yield* body({ query: (sql, ...values) => this.#query(client, sql, values) });
    } catch (error) {
      // What the server has refused leaves the connection as it was; anything else may not.
      if (!(error instanceof CancelledError) && !("severity" in (error as Error))) broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** One query. Cancelled, it has the server stop, and waits for its answer: the connection is not free before. */
  *#query(client: Client, sql: string, values: readonly unknown[]): Coroutine<readonly Row[]> {
    const answer: Promise<QueryResult> = client.query(sql, values);
    try {
      // What the server says of the cancel is no news then: it is thrown as the reason of the signal.
      const orReason = (signal: AbortSignal) =>
        answer.catch((error) => Promise.reject(signal.aborted ? signal.reason : error));
      return (yield* fromPromise(orReason)).rows;
    } catch (error) {
      if (error instanceof CancelledError) {
        yield* fromPromise(this.#control.query("select pg_cancel_backend($1)", [client.processID]));
        yield* fromPromise(answer.then(() => {}, () => {}));
      }
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#pool.end(), this.#control.end()]);
  }
}
