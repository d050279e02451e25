/** Usage: the sums of what generations cost, kept by triggers. */
import type { UsageRow } from '../../domain/usage.ts'
import type { Day } from '../../domain/zone.ts'
import { raw, type Sql } from '../../adapters/sql.ts'

const OPEN = `('submitting', 'queued', 'in_progress')`
const FINAL = `('completed', 'failed', 'canceled')`
const GROUP = 'day, key_id, schedule_id, status, cost_state'

const move = (sign: '+' | '-', id: 'OLD.id' | 'NEW.id'): string => `
  INSERT INTO finals (${GROUP}, generations, estimated, charged)
  SELECT ${GROUP}, ${sign}generations, ${sign}estimated, ${sign}charged FROM costs WHERE id = ${id}
  ON CONFLICT DO UPDATE SET generations = generations + excluded.generations,
    estimated = estimated + excluded.estimated, charged = charged + excluded.charged;`

/**
 * Triggers keep the sums, so they are right whichever release ends a generation. Rows must change
 * by UPDATE or an upsert: REPLACE would count twice. Deleting a row subtracts nothing, since the
 * money was spent.
 */
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
    day TEXT NOT NULL,
    key_id TEXT NOT NULL,
    schedule_id TEXT NOT NULL,
    status TEXT NOT NULL,
    cost_state TEXT NOT NULL,
    generations INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    charged INTEGER NOT NULL,
    PRIMARY KEY (${GROUP})
  ) WITHOUT ROWID;

  -- Filled once; then the triggers keep it right, whichever release runs.
  INSERT INTO finals (${GROUP}, generations, estimated, charged)
    SELECT ${GROUP}, SUM(generations), SUM(estimated), SUM(charged) FROM costs
    WHERE status IN ${FINAL} AND NOT EXISTS (SELECT 1 FROM finals) GROUP BY ${GROUP};

  CREATE TRIGGER IF NOT EXISTS finals_new AFTER INSERT ON generations
    WHEN NEW.status IN ${FINAL} BEGIN ${move('+', 'NEW.id')} END;
  CREATE TRIGGER IF NOT EXISTS finals_from BEFORE UPDATE OF doc ON generations
    WHEN OLD.status IN ${FINAL} AND OLD.doc <> NEW.doc BEGIN ${move('-', 'OLD.id')} END;
  CREATE TRIGGER IF NOT EXISTS finals_to AFTER UPDATE OF doc ON generations
    WHEN NEW.status IN ${FINAL} AND OLD.doc <> NEW.doc BEGIN ${move('+', 'NEW.id')} END;
  `

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
      WHERE status IN ${raw(OPEN)} AND +day >= ${fromDay} AND +day <= ${toDay}
      GROUP BY ${raw(GROUP)})
    ORDER BY day, key_id, schedule_id, status`
