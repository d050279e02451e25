/** Tells what a schema refused, field by field. */
import type * as z from 'zod/mini'
import type { FieldError } from './problem-document.ts'

export const faultsOf = (error: z.core.$ZodError | undefined): FieldError[] =>
  (error?.issues ?? []).flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((path) => ({ path, message: 'is not a field of this request' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  )
