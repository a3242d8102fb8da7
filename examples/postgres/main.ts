/**
 * Queries at once, a transaction that is cancelled, and a query that takes too long.
 *
 * @module
 */
import process from "node:process";
import { type Coroutine, gather, main, timeout, TimeoutError, use } from "@loop/asyncio";
import { Database } from "./database.ts";

const RUNNING =
  "select count(*)::int as count from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'";

function* demo(database: Database): Coroutine<void> {
  const one = (value: number) => database.query("select $1::int as value", value);
  const rows = yield* gather(one(1), one(2), one(3));
  console.log(...rows.map(([row]) => row!.value));

  yield* database.query("create table if not exists accounts (name text primary key, balance int)");
  yield* database.query("insert into accounts values ('Ada', 100) on conflict (name) do update set balance = 100");
  try {
    yield* timeout(200, () =>
      database.transaction(function* (connection) {
        yield* connection.query("update accounts set balance = balance - 60 where name = 'Ada'");
        yield* connection.query("select pg_sleep(60)");
      }));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
  }
  const [account] = yield* database.query("select balance from accounts where name = 'Ada'");
  console.log(`balance after a transaction that was cancelled: ${account!.balance}`);

  try {
    yield* timeout(200, () => database.query("select pg_sleep(60)"));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    const [running] = yield* database.query(RUNNING);
    console.log(`too slow, and the server runs ${running!.count} queries of this program`);
  }
}

main(() => use(new Database(process.env.DATABASE_URL ?? "postgres://postgres@127.0.0.1/postgres"), demo));
