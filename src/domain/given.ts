/** Drops undefined fields: in a spread they would overwrite others. */
export const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>

type Given<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }
