/** The parts of an OpenAPI description that this project writes by hand. */
import type * as z from 'zod/mini'
import type { ProblemCode } from '../../src/contract/problem.ts'
import type { ComponentName } from './components.ts'
import type { HeaderName } from './headers.ts'
import type { ParameterName } from './parameters.ts'

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
  readonly headers?: readonly HeaderName[]
  /** By media type; without it, the answer has no body. */
  readonly content?: Readonly<Record<string, Content>>
}

/** A parameter of one operation; shared ones are in `parameters.ts`. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description: string
  readonly schema: Schema
  readonly example?: unknown
}

/** A query, as the routes validate it. */
export type Query = z.ZodMiniOptional<
  z.ZodMiniObject<Readonly<Record<string, z.core.$ZodType>>, z.core.$strict>
>

/** An operation's inputs and answers, except those that its path and access imply. */
export interface Operation {
  /** Without those of its path and query, and `Pika-Account`. */
  readonly parameters?: readonly (ParameterName | Parameter)[]
  readonly query?: Query
  readonly body?: ComponentName
  /** An absent body counts as an empty object. */
  readonly bodyIsOptional?: true
  readonly answers: readonly Answer[]
  /** Except those that its access, path, query and body imply. */
  readonly problems?: readonly ProblemCode[]
}

/** By their ids. */
export type Operations = Readonly<Record<string, Operation>>
