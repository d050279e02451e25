/** The account's tables, as a numbered list that only ever grows. */

/**
 * Each entry brings the database from the version of its index to the next. An
 * entry that was ever deployed is never edited: a change is a new entry.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

  -- The record is \`doc\`; the generated columns are what is searched by.
  CREATE TABLE generations (
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
  CREATE INDEX generations_due ON generations (due_what, due_at_ms) WHERE due_at_ms IS NOT NULL;
  CREATE INDEX generations_status ON generations (status, id);
  CREATE INDEX generations_schedule ON generations (schedule_id, id) WHERE schedule_id IS NOT NULL;
  CREATE INDEX generations_day ON generations (day);
  CREATE UNIQUE INDEX generations_request ON generations (fal_request_id)
    WHERE fal_request_id IS NOT NULL;
  CREATE INDEX generations_done ON generations (kind, finished_at_ms) WHERE status = 'completed';

  CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    doc TEXT NOT NULL,
    last_used_at_ms INTEGER
  ) WITHOUT ROWID;

  -- The sums, in micro-dollars, over the generations of each day; always equal to them.
  CREATE TABLE ledger (
    scope TEXT NOT NULL,
    day TEXT NOT NULL,
    charged INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    unknown INTEGER NOT NULL,
    PRIMARY KEY (scope, day)
  ) WITHOUT ROWID;

  CREATE TABLE events (
    generation_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (generation_id, seq)
  ) WITHOUT ROWID;

  CREATE TABLE idempotency_keys (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    generation_id TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at_ms);

  -- Writes to KV and the Directory, in the order of \`seq\` for each \`key\`.
  CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    due_at_ms INTEGER NOT NULL
  );
  CREATE INDEX outbox_due ON outbox (due_at_ms);
  CREATE INDEX outbox_key ON outbox (key, seq);
  `,
  `
  -- As with generations, the record is \`doc\`. Only what has a next slot is ever looked for.
  CREATE TABLE schedules (
    id TEXT PRIMARY KEY,
    doc TEXT NOT NULL,
    next_slot_ms INTEGER GENERATED ALWAYS AS (doc ->> '$.nextSlotMs') STORED
  ) WITHOUT ROWID;
  CREATE INDEX schedules_next ON schedules (next_slot_ms, id) WHERE next_slot_ms IS NOT NULL;

  -- A slot is here once, whoever comes to run it. \`hand\` tells runs by hand apart from
  -- it, and from each other: it is the generation's id, and empty for a slot.
  CREATE TABLE schedule_runs (
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
  CREATE INDEX schedule_runs_generation ON schedule_runs (generation_id)
    WHERE generation_id IS NOT NULL;
  `,
]

/** Brings the database up to date; costs one read when it already is. */
export const migrate = (storage: DurableObjectStorage): void => {
  const { sql } = storage
  sql.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)')
  const row = sql.exec<{ version: number }>('SELECT version FROM schema_version').toArray()[0]
  const version = row?.version ?? 0
  if (version === MIGRATIONS.length) return
  storage.transactionSync(() => {
    for (const step of MIGRATIONS.slice(version)) sql.exec(step)
    sql.exec('DELETE FROM schema_version')
    sql.exec('INSERT INTO schema_version (version) VALUES (?)', MIGRATIONS.length)
  })
}
