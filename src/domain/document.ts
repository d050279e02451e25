/** The only reader of stored JSON: it fills in the fields that older documents lack. */

/** @param lacking values for the fields that an older document does not have */
export const readDocument = <T extends object>(text: string, lacking: Partial<T> = {}): T => {
  const kept: T = JSON.parse(text)
  return { ...lacking, ...kept }
}
