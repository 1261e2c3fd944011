/** Parameters that say where the reader is, not what the view shows. */
const places = ['event', 'at']

/** Returns the parameters that are kept of a view: its filter, values, fields and time. */
export function viewQuery(params: URLSearchParams): string {
  const kept = new URLSearchParams(params)
  for (const name of places) kept.delete(name)
  return kept.toString()
}
