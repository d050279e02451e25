/** The account's SQL for webhook endpoints and deliveries. It decides nothing. */
import {
  type DeliveryRecord,
  readDelivery,
  type StoredDelivery,
} from '../../domain/webhook/delivery.ts'
import { type EndpointRecord, readEndpoint } from '../../domain/webhook/endpoint.ts'
import { type Fragment, part, type Sql } from '../../adapters/sql.ts'

export const WEBHOOKS = `
  CREATE TABLE IF NOT EXISTS webhook_endpoints (
    id TEXT PRIMARY KEY,
    doc TEXT NOT NULL
  ) WITHOUT ROWID;

  -- Deliveries and their outcomes. A \`lane\` runs one at a time. Only a pending delivery has a
  -- time, and so a row in the index.
  CREATE TABLE IF NOT EXISTS webhook_deliveries (
    endpoint_id TEXT NOT NULL,
    id TEXT NOT NULL,
    lane TEXT NOT NULL,
    due_at_ms INTEGER,
    generation_id TEXT,
    body TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (endpoint_id, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS webhook_deliveries_due ON webhook_deliveries (lane, due_at_ms)
    WHERE due_at_ms IS NOT NULL;
  `

export interface Kept extends StoredDelivery {
  readonly endpointId: string
  /** Deliveries that take turns: those to an endpoint, or all to one origin. */
  readonly lane: string
  readonly body: string
}

type Row = Omit<Kept, 'delivery'> & { readonly doc: string }

/** Finished deliveries kept for each endpoint. */
const MAX_KEPT = 100

export type WebhookStore = ReturnType<typeof createWebhookStore>

const select = (sql: Sql, which: Fragment): Kept[] =>
  sql<Row>`SELECT endpoint_id AS endpointId, lane, due_at_ms AS dueMs, body, doc
    FROM webhook_deliveries WHERE ${which}`.map(({ doc, ...row }) => ({
    ...row,
    delivery: readDelivery(doc),
  }))

export const createWebhookStore = (sql: Sql) => ({
  /** Newest first, since ids sort by time. */
  endpoints: (): EndpointRecord[] =>
    sql.column<string>`SELECT doc FROM webhook_endpoints ORDER BY id DESC`.map(readEndpoint),
  writeEndpoint: (endpoint: EndpointRecord): void => {
    sql`INSERT OR REPLACE INTO webhook_endpoints (id, doc)
      VALUES (${endpoint.id}, ${JSON.stringify(endpoint)})`
  },
  removeEndpoint: (id: string): void => {
    sql`DELETE FROM webhook_endpoints WHERE id = ${id}`
    sql`DELETE FROM webhook_deliveries WHERE endpoint_id = ${id}`
  },
  read: (endpointId: string, id: string): Kept | undefined =>
    select(sql, part`endpoint_id = ${endpointId} AND id = ${id}`)[0],
  /** Newest first. */
  list: (endpointId: string, limit: number, beforeId: string | null): Kept[] =>
    select(
      sql,
      part`endpoint_id = ${endpointId} AND id < ${beforeId ?? '~'} ORDER BY id DESC LIMIT ${limit}`,
    ),
  add: ({ endpointId, lane, dueMs, body, delivery }: Kept): void => {
    sql`INSERT INTO webhook_deliveries (endpoint_id, id, lane, due_at_ms, generation_id,
      body, doc)
      VALUES (${endpointId}, ${delivery.id}, ${lane}, ${dueMs}, ${delivery.generationId}, ${body},
      ${JSON.stringify(delivery)})`
  },
  /** Updates a delivery that is still stored. A finished one makes room for the next. */
  settle: (endpointId: string, delivery: DeliveryRecord, dueMs: number | null): void => {
    sql`UPDATE webhook_deliveries
      SET due_at_ms = ${dueMs}, doc = ${JSON.stringify(delivery)}
      WHERE endpoint_id = ${endpointId} AND id = ${delivery.id}`
    if (dueMs !== null) return
    sql`DELETE FROM webhook_deliveries WHERE endpoint_id = ${endpointId}
      AND due_at_ms IS NULL AND id <= (SELECT id FROM webhook_deliveries
      WHERE endpoint_id = ${endpointId} ORDER BY id DESC LIMIT 1 OFFSET ${MAX_KEPT})`
  },
  lanes: (): Map<string, number> => {
    const rows = sql<{ lane: string; at: number }>`SELECT lane, MIN(due_at_ms) AS at
      FROM webhook_deliveries WHERE due_at_ms IS NOT NULL GROUP BY lane`
    return new Map(rows.map(({ lane, at }) => [lane, at]))
  },
  first: (lane: string): Kept | undefined =>
    select(sql, part`lane = ${lane} AND due_at_ms IS NOT NULL ORDER BY due_at_ms LIMIT 1`)[0],
  /** Puts off a delivery, so that nothing else starts it before `untilMs`. */
  claim: ({ endpointId, delivery }: Kept, untilMs: number): void => {
    sql`UPDATE webhook_deliveries SET due_at_ms = ${untilMs}
      WHERE endpoint_id = ${endpointId} AND id = ${delivery.id}`
  },
  cancel: (endpointId: string): void => {
    sql`UPDATE webhook_deliveries
      SET due_at_ms = NULL, doc = json_set(doc, '$.state', 'canceled')
      WHERE endpoint_id = ${endpointId} AND due_at_ms IS NOT NULL`
  },
  forget: (generationId: string): void => {
    sql`DELETE FROM webhook_deliveries WHERE generation_id = ${generationId}`
  },
})
