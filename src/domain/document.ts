/** The one reader of what is stored as JSON: it fills in what documents of older versions lack. */

/** @param lacking what a field that came later is taken for if a document is older */
export const readDocument = <T extends object>(text: string, lacking: Partial<T> = {}): T => {
  const kept: T = JSON.parse(text)
  return { ...lacking, ...kept }
}
