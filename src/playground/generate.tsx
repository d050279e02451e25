/** Generate: compose a request, see what it costs, and watch what becomes of it. */
export const Generate = (_props: { readonly ids: readonly string[] }) => <h1>Generate</h1>
