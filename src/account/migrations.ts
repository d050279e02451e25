/** The account's tables, as a numbered list of migrations that only ever grows. */
import { AGENDAS, ARCHIVE_JOBS } from './agenda.ts'
import { TOMBSTONES } from './deletion/deletion.ts'
import { ACCOUNT_EVENTS } from './events/log.ts'
import { FINALS, USERS } from './generations/usage.ts'
import { WEBHOOKS } from './webhooks/store.ts'

/**
 * Brings a database one step further. It only adds, so that older code still runs on the
 * result. It may run again on the same database: the first releases could lower the version.
 */
export type Migration = string | ((sql: SqlStorage) => void)

/**
 * Entry n brings the database from version n to the next. What a deployed entry creates never
 * changes: add a new entry instead.
 */
export const MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

  -- The record is \`doc\`; the generated columns are for queries.
  CREATE TABLE IF NOT EXISTS generations (
    id TEXT PRIMARY KEY,
    doc TEXT NOT NULL,
    looks TEXT NOT NULL,
    due_what TEXT,
    due_at_ms INTEGER,
    status TEXT GENERATED ALWAYS AS (doc ->> '$.status') STORED,
    sent_at_ms INTEGER GENERATED ALWAYS AS (doc ->> '$.sentAtMs') STORED,
    finished_at_ms INTEGER GENERATED ALWAYS AS (doc ->> '$.finishedAtMs') STORED,
    created_at_ms INTEGER GENERATED ALWAYS AS (doc ->> '$.createdAtMs') STORED,
    fal_request_id TEXT GENERATED ALWAYS AS (doc ->> '$.falRequestId') STORED,
    schedule_id TEXT GENERATED ALWAYS AS (doc ->> '$.scheduleId') STORED,
    key_id TEXT GENERATED ALWAYS AS (doc ->> '$.keyId') STORED,
    day TEXT GENERATED ALWAYS AS (doc ->> '$.day') STORED,
    cost_state TEXT GENERATED ALWAYS AS (doc ->> '$.cost.state') STORED,
    kind TEXT GENERATED ALWAYS AS
      ((doc ->> '$.input.resolution') || ':' || (doc ->> '$.input.duration')) STORED
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS generations_due ON generations (due_what, due_at_ms)
    WHERE due_at_ms IS NOT NULL;
  CREATE INDEX IF NOT EXISTS generations_status ON generations (status, id);
  CREATE INDEX IF NOT EXISTS generations_schedule ON generations (schedule_id, id)
    WHERE schedule_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS generations_day ON generations (day);
  CREATE UNIQUE INDEX IF NOT EXISTS generations_request ON generations (fal_request_id)
    WHERE fal_request_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS generations_done ON generations (kind, finished_at_ms)
    WHERE status = 'completed';

  CREATE TABLE IF NOT EXISTS keys (
    id TEXT PRIMARY KEY,
    doc TEXT NOT NULL,
    last_used_at_ms INTEGER
  ) WITHOUT ROWID;

  -- Sums over the generations of each day, in micro-dollars; always equal to them.
  CREATE TABLE IF NOT EXISTS ledger (
    scope TEXT NOT NULL,
    day TEXT NOT NULL,
    charged INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    PRIMARY KEY (scope, day)
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS events (
    generation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (generation_id, seq)
  ) WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    generation_id TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS idempotency_keys_age ON idempotency_keys (created_at_ms);

  -- Writes to KV and the Directory, in the order of \`seq\` for each \`key\`.
  CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    due_at_ms INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS outbox_due ON outbox (due_at_ms);
  CREATE INDEX IF NOT EXISTS outbox_key ON outbox (key, seq);
  `,
  `
  -- As with generations, the record is \`doc\`. Only schedules with a next slot are searched for.
  CREATE TABLE IF NOT EXISTS schedules (
    id TEXT PRIMARY KEY,
    doc TEXT NOT NULL,
    next_slot_ms INTEGER GENERATED ALWAYS AS (doc ->> '$.nextSlotMs') STORED
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS schedules_next ON schedules (next_slot_ms, id)
    WHERE next_slot_ms IS NOT NULL;

  -- A slot has one row, whoever runs it. \`hand\` is empty for a slot. For a run by hand it is
  -- the generation's id, which tells such runs apart.
  CREATE TABLE IF NOT EXISTS schedule_runs (
    schedule_id TEXT NOT NULL,
    slot_ms INTEGER NOT NULL,
    hand TEXT NOT NULL,
    started_at_ms INTEGER,
    generation_id TEXT,
    outcome TEXT NOT NULL,
    reason TEXT,
    detail TEXT,
    slots INTEGER NOT NULL,
    PRIMARY KEY (schedule_id, slot_ms, hand)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS schedule_runs_generation ON schedule_runs (generation_id)
    WHERE generation_id IS NOT NULL;
  `,
  `
  -- A key that KV does not have is looked up by its hash.
  CREATE INDEX IF NOT EXISTS keys_hash ON keys (doc ->> '$.hash');
  `,
  `
  -- The few unsent generations that become too late within a day.
  CREATE INDEX IF NOT EXISTS generations_send_before ON generations (doc ->> '$.sendBeforeMs')
    WHERE due_what = 'send' AND doc ->> '$.sendBeforeMs' IS NOT NULL;
  `,
  `
  -- Destinations of the outbox to which writes fail.
  CREATE TABLE IF NOT EXISTS destinations (
    name TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    failed_seq INTEGER NOT NULL,
    not_before_ms INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- Keys with a write that timed out, and when their last value is written again.
  CREATE TABLE IF NOT EXISTS late_writes (
    key TEXT PRIMARY KEY,
    again_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  FINALS,
  `
  -- One status of one schedule may be few rows of many. Only scheduled generations pay for it.
  CREATE INDEX IF NOT EXISTS generations_schedule_status
    ON generations (schedule_id, status, id) WHERE schedule_id IS NOT NULL;
  `,
  `
  -- Writes that are due to KV and the Directory: one row a key, since only the last value counts.
  -- An index or a sequence would each cost one more row for a write.
  CREATE TABLE IF NOT EXISTS owed_writes (
    key TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT,
    tries INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    -- When to write this again: by then, a write that timed out can no longer land over it.
    again_at_ms INTEGER
  ) WITHOUT ROWID;
  `,
  `
  -- Nothing reads this index any more, but each write of a generation had to write it. An older
  -- release is only slower without it.
  DROP INDEX IF EXISTS generations_day;
  `,
  AGENDAS,
  TOMBSTONES,
  `
  -- Generations whose callers lost their connection, for a minute, and the requests that took
  -- them since. Lookups are by what was requested.
  CREATE TABLE IF NOT EXISTS orphans (
    identity TEXT NOT NULL,
    generation_id TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    taken_by TEXT,
    PRIMARY KEY (identity, generation_id)
  ) WITHOUT ROWID;
  `,
  ACCOUNT_EVENTS,
  ARCHIVE_JOBS,
  (sql) => {
    addColumn(sql, 'generations', 'user_id', `TEXT GENERATED ALWAYS AS (doc ->> '$.user') VIRTUAL`)
    sql.exec(USERS)
  },
  (sql) => {
    sql.exec(WEBHOOKS)
    // For events that do not belong to a generation.
    addColumn(sql, 'account_events', 'doc', 'TEXT')
  },
]

/**
 * Adds a column unless it exists. A generated one must be `VIRTUAL`: SQLite can add a `STORED` one
 * only to an empty table.
 */
export const addColumn = (sql: SqlStorage, table: string, column: string, definition: string) => {
  // Unlike table_info, table_xinfo lists generated columns too.
  const found = sql.exec('SELECT 1 FROM pragma_table_xinfo(?) WHERE name = ?', table, column)
  if (found.toArray().length === 0) {
    sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${definition}`)
  }
}

/**
 * Brings the database up to date; costs one read if it is already. A database that newer code has
 * migrated keeps its schema and its version.
 */
export const migrate = (
  storage: DurableObjectStorage,
  migrations: readonly Migration[] = MIGRATIONS,
): void => {
  const { sql } = storage
  sql.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)')
  const [row] = sql.exec<{ version: number }>('SELECT version FROM schema_version').toArray()
  const version = row?.version ?? 0
  if (version >= migrations.length) return
  storage.transactionSync(() => {
    for (const step of migrations.slice(version)) {
      if (typeof step === 'string') sql.exec(step)
      else step(sql)
    }
    sql.exec('DELETE FROM schema_version')
    sql.exec('INSERT INTO schema_version (version) VALUES (?)', migrations.length)
  })
}
