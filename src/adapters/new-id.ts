/** New ids, from the clock and random bytes. */
import { ID_RANDOM_BYTES, makeId } from '../domain/id.ts'

/** @param prefix such as `gen` */
export const newId = (prefix: string, nowMs = Date.now()): string =>
  makeId(prefix, nowMs, crypto.getRandomValues(new Uint8Array(ID_RANDOM_BYTES)))
