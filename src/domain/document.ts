/** Documents: the only reader of stored JSON, and changes without undefined fields. */

/** @param lacking values for the fields that an older document does not have */
export const readDocument = <T extends object>(text: string, lacking: Partial<T> = {}): T => {
  const kept: T = JSON.parse(text)
  return { ...lacking, ...kept }
}

/** Drops undefined fields: in a spread they would overwrite others. */
export const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }
