/** Usage: the sums of what generations cost, by key and by end user, kept by triggers. */
import { OTHER_USERS } from '../../contract/input.ts'
import type { UsageRow, UserRow } from '../../domain/usage.ts'
import type { Day } from '../../domain/zone.ts'
import { raw, type Sql } from '../../adapters/sql.ts'

const OPEN = raw(`('submitting', 'queued', 'in_progress')`)
const FINAL = `('completed', 'failed', 'canceled')`

/**
 * Triggers keep the sums over ended generations, so they are right whichever release ends one. Rows
 * must change by UPDATE or an upsert: REPLACE would count twice. Deleting a row subtracts nothing,
 * since the money was spent.
 *
 * @param values the values of the group
 */
const triggers = (of: '' | 'user_', group: string, values: string, amounts: readonly string[]) => {
  const move = (sign: '+' | '-', row: 'OLD' | 'NEW'): string => `
    INSERT INTO ${of}finals (${group}, ${amounts.join(', ')})
    SELECT ${values}, ${amounts.map((name) => `${sign}${name}`).join(', ')}
    FROM ${of === '' ? '' : 'user_costs AS '}costs WHERE id = ${row}.id
    ON CONFLICT DO UPDATE SET
      ${amounts.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')};`
  const isSummed = (row: 'OLD' | 'NEW'): string =>
    `${of === '' ? '' : `${row}.user_id IS NOT NULL AND `}${row}.status IN ${FINAL}`
  return `
  CREATE TRIGGER IF NOT EXISTS ${of}finals_new AFTER INSERT ON generations
    WHEN ${isSummed('NEW')} BEGIN ${move('+', 'NEW')} END;
  CREATE TRIGGER IF NOT EXISTS ${of}finals_from BEFORE UPDATE OF doc ON generations
    WHEN ${isSummed('OLD')} AND OLD.doc <> NEW.doc BEGIN ${move('-', 'OLD')} END;
  CREATE TRIGGER IF NOT EXISTS ${of}finals_to AFTER UPDATE OF doc ON generations
    WHEN ${isSummed('NEW')} AND OLD.doc <> NEW.doc BEGIN ${move('+', 'NEW')} END;
  `
}

const GROUP = 'day, key_id, schedule_id, status, cost_state'

export const FINALS = `
  -- The cost of each generation, and of each other job of its own.
  CREATE VIEW IF NOT EXISTS costs (id, ${GROUP}, generations, estimated, charged) AS
    SELECT id, day, key_id, COALESCE(schedule_id, ''), status, cost_state,
      1, doc ->> '$.cost.estimatedMicrousd', COALESCE(doc ->> '$.cost.chargedMicrousd', 0)
    FROM generations
    UNION ALL
    SELECT generations.id, day, key_id, COALESCE(schedule_id, ''), status, job.value ->> '$.cost.state',
      0, job.value ->> '$.cost.estimatedMicrousd',
      COALESCE(job.value ->> '$.cost.chargedMicrousd', 0)
    FROM generations, json_each(doc, '$.others') AS job;

  -- Sums over the costs of all ended generations, in micro-dollars.
  CREATE TABLE IF NOT EXISTS finals (
    ${GROUP.replaceAll(/\w+/g, '$& TEXT NOT NULL')},
    generations INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    charged INTEGER NOT NULL,
    PRIMARY KEY (${GROUP})
  ) WITHOUT ROWID;

  -- Filled once; then the triggers keep it right, whichever release runs.
  INSERT INTO finals (${GROUP}, generations, estimated, charged)
    SELECT ${GROUP}, SUM(generations), SUM(estimated), SUM(charged) FROM costs
    WHERE status IN ${FINAL} AND NOT EXISTS (SELECT 1 FROM finals) GROUP BY ${GROUP};
  ${triggers('', GROUP, GROUP, ['generations', 'estimated', 'charged'])}`

/** This many users a day get a row of their own: ids come from outside, and rows are permanent. */
const MAX_USERS_A_DAY = 10_000
const AMOUNTS = ['generations', 'charged', 'reserved', 'unknown', 'released'] as const
const COLUMNS = AMOUNTS.join(', ')

/** The user; `OTHER_USERS` on a full day, except for a user who has a row. */
const USER = `CASE WHEN EXISTS (SELECT 1 FROM user_finals AS own
      WHERE own.day = costs.day AND own.user_id = costs.user_id)
    OR COALESCE((SELECT users FROM user_days WHERE user_days.day = costs.day), 0)
      < ${MAX_USERS_A_DAY}
  THEN user_id ELSE '${OTHER_USERS}' END`

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
  ${triggers('user_', 'day, user_id', `day, ${USER}`, AMOUNTS)}`

/**
 * Counts and sums of the generations of some days and of their other jobs, in the groups that usage
 * reports. Open ones are few and summed afresh: `+day` makes SQLite find them by status.
 */
export const usageOf = (sql: Sql, fromDay: Day, toDay: Day): UsageRow[] =>
  sql<UsageRow>`
    SELECT day, key_id AS keyId, NULLIF(schedule_id, '') AS scheduleId, status,
      cost_state AS costState, generations, estimated AS estimatedMicrousd,
      charged AS chargedMicrousd
    FROM (
      SELECT ${raw(GROUP)}, generations, estimated, charged FROM finals
      WHERE day >= ${fromDay} AND day <= ${toDay}
      UNION ALL
      SELECT ${raw(GROUP)}, SUM(generations), SUM(estimated), SUM(charged) FROM costs
      WHERE status IN ${OPEN} AND +day >= ${fromDay} AND +day <= ${toDay}
      GROUP BY ${raw(GROUP)})
    ORDER BY day, key_id, schedule_id, status`

/** The users of some days, highest spending first, at most as many as one day can have. */
export const usageOfUsers = (sql: Sql, fromDay: Day, toDay: Day): UserRow[] =>
  sql<UserRow>`SELECT user_id AS user,
      ${raw(AMOUNTS.map((name) => `SUM(${name}) AS ${name}`).join(', '))}
    FROM (
      SELECT user_id, ${raw(COLUMNS)} FROM user_finals WHERE day >= ${fromDay} AND day <= ${toDay}
      UNION ALL
      SELECT user_id, ${raw(COLUMNS)} FROM user_costs
      WHERE status IN ${OPEN} AND +day >= ${fromDay} AND +day <= ${toDay})
    GROUP BY user_id ORDER BY SUM(charged + reserved + unknown) DESC, user_id
    LIMIT ${MAX_USERS_A_DAY}`
