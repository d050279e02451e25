/** Every operation of the gateway, in the order of the reference. */
import { readSections } from '../../docs/read-tables.ts'
import type { Operation } from '../types.ts'
import { accountOperations, scheduleOperations, webhookOperations } from './account.ts'
import { falOperations } from './fal.ts'
import { generationOperations } from './generations.ts'
import { serviceOperations } from './service.ts'

const SECTIONS = readSections(new URL('../operations.md', import.meta.url))

export const TAGS = SECTIONS.map(({ title, text }) => ({ name: title, description: text }))

const DETAILS = new Map<string, Operation>(
  Object.entries({
    ...generationOperations,
    ...scheduleOperations,
    ...webhookOperations,
    ...accountOperations,
    ...falOperations,
    ...serviceOperations,
  }),
)

/** An operation's row in the table, with its details. */
export const OPERATIONS = SECTIONS.flatMap(({ title: tag, rows }) =>
  rows.map(([at = '', id = '', who = '', summary = '', text = '']) => {
    const [method = '', path = ''] = at.split(' ')
    const details = DETAILS.get(id)
    if (details === undefined) throw new Error(`nothing says what ${id} answers`)
    // `everyone`, `any key`, or the scope of a key.
    const [access = '', also] = who.replaceAll('`', '').split(' or ')
    const takesClientSecret = also !== undefined
    const description = text.replaceAll('<br>', '\n\n')
    return {
      tag,
      method: method.toLowerCase(),
      path,
      id,
      access,
      takesClientSecret,
      summary,
      description,
      ...details,
    }
  }),
)
export type DescribedOperation = (typeof OPERATIONS)[number]
