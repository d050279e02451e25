/**
 * The published client gives a caller the same types as the source does, route by route. The test
 * compiles this file with the installed package's client in place of the source's.
 */
import type { hc, InferRequestType, InferResponseType } from 'hono/client'
import type { StatusCode } from 'hono/utils/http-status'
import type { AppType as SourceApp } from '../../src/app.ts'
import type { AppType, PikaApi } from '../../src/client/index.ts'
import type { Equal, Expect } from '../types/equal.ts'

type Source = ReturnType<typeof hc<SourceApp>>
type Published = ReturnType<typeof hc<AppType>>

type Call = (...args: never[]) => unknown

/** The paths at which two clients differ; `never` if they are the same. */
type Differences<A, B, At extends string = ''> = A extends Call
  ? B extends Call
    ? CallDifferences<A, B, At>
    : `${At} is missing`
  : Equal<keyof A, keyof B> extends true
    ? {
        [K in keyof A & keyof B & string]: K extends '$url' | '$path'
          ? never
          : Differences<A[K], B[K], `${At}/${K}`>
      }[keyof A & keyof B & string]
    : `${At} has other routes`

type CallDifferences<A, B, At extends string> =
  | (Equal<InferRequestType<A>, InferRequestType<B>> extends true ? never : `${At} takes another`)
  | {
      [S in StatusCode]: Equal<InferResponseType<A, S>, InferResponseType<B, S>> extends true
        ? never
        : `${At} answers another ${S}`
    }[StatusCode]

export type Facts = [
  Expect<Equal<Differences<Source, Published>, never>>,
  Expect<Equal<Differences<Source, PikaApi>, never>>,
]

// They also match as a whole, in both directions, `$url` and `$path` included.
declare const source: Source
declare const published: Published
declare const api: PikaApi
published satisfies Source
api satisfies Source
source satisfies Published
source satisfies PikaApi
