/** The parts of an OpenAPI description that this project writes by hand. */
import type * as z from 'zod/mini'
import type { ComponentName } from './components.ts'

/** A JSON Schema of draft 2020-12, as in OpenAPI 3.1. */
export interface Schema {
  [keyword: string]: unknown
}

/** Values by their summaries. */
export type Examples = Readonly<Record<string, unknown>>

export interface Content {
  readonly schema: ComponentName | Schema
  readonly examples?: Examples
}

export interface Answer {
  readonly status: number
  readonly description: string
  /** Their names. */
  readonly headers: readonly string[]
  /** By media type; without it, the answer has no body. */
  readonly content?: Readonly<Record<string, Content>>
}

/** A query, as the routes validate it. */
export type Query = z.ZodMiniOptional<
  z.ZodMiniObject<Readonly<Record<string, z.core.$ZodType>>, z.core.$strict>
>
