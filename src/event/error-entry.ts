export interface ErrorEntry {
  /** One sentence: what happened. */
  summary: string
  /** What to do next. */
  remedy: string
  /** HTTP status where the error leaves over HTTP. */
  status: number
}

export function entry(status: number, summary: string, remedy: string): ErrorEntry {
  return { status, summary, remedy }
}
