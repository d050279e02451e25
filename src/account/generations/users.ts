/** Usage of the callers' end users: sums by user and day, kept by triggers. */
import { OTHER_USERS } from '../../contract/input.ts'
import type { UserRow } from '../../domain/usage.ts'
import type { Day } from '../../domain/zone.ts'
import { raw, type Sql } from '../../adapters/sql.ts'

/** This many users a day get a row of their own: ids come from outside, and rows are permanent. */
const MAX_USERS_A_DAY = 10_000
const FINAL = `('completed', 'failed', 'canceled')`
const AMOUNTS = ['generations', 'charged', 'reserved', 'unknown', 'released'] as const
const COLUMNS = AMOUNTS.join(', ')
const SUMS = AMOUNTS.map((name) => `SUM(${name}) AS ${name}`).join(', ')

/** Adds the costs of one generation, or subtracts them. A user with a row keeps it. */
const move = (sign: '+' | '-', row: 'OLD' | 'NEW'): string => `
  INSERT INTO user_finals (day, user_id, ${COLUMNS})
  SELECT day,
    CASE WHEN EXISTS (SELECT 1 FROM user_finals AS own
        WHERE own.day = costs.day AND own.user_id = costs.user_id)
      OR COALESCE((SELECT users FROM user_days WHERE user_days.day = costs.day), 0)
        < ${MAX_USERS_A_DAY}
    THEN user_id ELSE '${OTHER_USERS}' END,
    ${AMOUNTS.map((name) => `${sign}${name}`).join(', ')}
  FROM user_costs AS costs WHERE id = ${row}.id
  ON CONFLICT DO UPDATE SET
    ${AMOUNTS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')};`

/** A cost in the column of its state: the charge if it is charged, else the estimate. */
const amounts = (cost: string, state: string): string =>
  [
    `CASE ${state} WHEN 'charged' THEN COALESCE(${cost}.chargedMicrousd', 0) ELSE 0 END`,
    ...['reserved', 'unknown', 'released'].map(
      (name) => `CASE ${state} WHEN '${name}' THEN ${cost}.estimatedMicrousd' ELSE 0 END`,
    ),
  ].join(', ')

/**
 * Like the sums in `finals`, but apart from them: a generation without a user writes nothing here.
 * Needs the column `user_id` of `generations`.
 */
export const USERS = `
  CREATE INDEX IF NOT EXISTS generations_user ON generations (user_id, id)
    WHERE user_id IS NOT NULL;

  CREATE VIEW IF NOT EXISTS user_costs (id, status, day, user_id, ${COLUMNS}) AS
    SELECT id, status, day, user_id, 1, ${amounts(`doc ->> '$.cost`, 'cost_state')}
    FROM generations WHERE user_id IS NOT NULL
    UNION ALL
    SELECT generations.id, status, day, user_id, 0,
      ${amounts(`job.value ->> '$.cost`, `job.value ->> '$.cost.state'`)}
    FROM generations, json_each(doc, '$.others') AS job WHERE user_id IS NOT NULL;

  CREATE TABLE IF NOT EXISTS user_finals (
    day TEXT NOT NULL,
    user_id TEXT NOT NULL,
    ${AMOUNTS.map((name) => `${name} INTEGER NOT NULL`).join(', ')},
    PRIMARY KEY (day, user_id)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS user_days (day TEXT PRIMARY KEY, users INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER IF NOT EXISTS user_days_new AFTER INSERT ON user_finals BEGIN
    INSERT INTO user_days (day, users) VALUES (NEW.day, 1)
    ON CONFLICT DO UPDATE SET users = users + 1;
  END;

  CREATE TRIGGER IF NOT EXISTS user_finals_new AFTER INSERT ON generations
    WHEN NEW.user_id IS NOT NULL AND NEW.status IN ${FINAL} BEGIN ${move('+', 'NEW')} END;
  CREATE TRIGGER IF NOT EXISTS user_finals_from BEFORE UPDATE OF doc ON generations
    WHEN OLD.user_id IS NOT NULL AND OLD.status IN ${FINAL} AND OLD.doc <> NEW.doc
    BEGIN ${move('-', 'OLD')} END;
  CREATE TRIGGER IF NOT EXISTS user_finals_to AFTER UPDATE OF doc ON generations
    WHEN NEW.user_id IS NOT NULL AND NEW.status IN ${FINAL} AND OLD.doc <> NEW.doc
    BEGIN ${move('+', 'NEW')} END;
  `

/**
 * The users of some days, highest spending first, at most as many as one day can have. Open
 * generations are summed afresh.
 */
export const usageOfUsers = (sql: Sql, fromDay: Day, toDay: Day): UserRow[] =>
  sql<UserRow>`SELECT user_id AS user, ${raw(SUMS)} FROM (
      SELECT user_id, ${raw(COLUMNS)} FROM user_finals WHERE day >= ${fromDay} AND day <= ${toDay}
      UNION ALL
      SELECT user_id, ${raw(COLUMNS)} FROM user_costs
      WHERE status IN ('submitting', 'queued', 'in_progress')
        AND +day >= ${fromDay} AND +day <= ${toDay})
    GROUP BY user_id ORDER BY SUM(charged + reserved + unknown) DESC, user_id
    LIMIT ${MAX_USERS_A_DAY}`
