/** The parts of an OpenAPI description that this project writes down by hand. */
import type { ProblemCode } from '../../src/contract/problem.ts'
import type { Scope } from '../../src/contract/scope.ts'
import type { ComponentName } from './components.ts'
import type { HeaderName } from './headers.ts'
import type { ParameterName } from './parameters.ts'

/** A JSON Schema of draft 2020-12, which is what OpenAPI 3.1 takes. */
export interface Schema {
  [keyword: string]: unknown
}

export interface Example {
  readonly summary: string
  readonly value: unknown
}
export type Examples = Readonly<Record<string, Example>>

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

/** A parameter of one operation, where `parameters.ts` has none that several share. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description: string
  readonly schema: Schema
  readonly example?: unknown
}

/** Who may call: everyone, any key, or a key with a scope. */
export type Access = 'open' | 'any_key' | Scope

export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  readonly path: string
  readonly id: string
  readonly tag: string
  readonly summary: string
  readonly description: string
  readonly access: Access
  /** A generation's client secret does as well. */
  readonly clientSecret?: true
  readonly parameters?: readonly (ParameterName | Parameter)[]
  readonly body?: Content
  /** Nothing at all stands for an empty object. */
  readonly bodyIsOptional?: true
  readonly answers: readonly Answer[]
  readonly problems: readonly ProblemCode[]
  /** Refusals are written as fal writes them, not as problem documents. */
  readonly speaksFal?: true
}
