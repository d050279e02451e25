/** History: what was made, newest first. */
export const History = (_props: { readonly id?: string | undefined }) => <h1>History</h1>
