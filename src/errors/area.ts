export interface ErrorEntry {
  /** The problem, as a clause without a capital or a full stop. */
  summary: string
  /** The advice to the reader, in sentences. */
  remedy: string
  /** The status of an HTTP response that reports this error. */
  status: number
  /** The exit code of a command that fails with it, if that is not 1; `tocsin help exit-codes` lists them. */
  exit?: number
}

/** The errors of one part of Tocsin. `docs/reference/errors.md` has a section for each area. */
export interface ErrorArea<Code extends string = string> {
  title: string
  errors: Readonly<Record<Code, ErrorEntry>>
}

export type CodeOf<Area> = Area extends ErrorArea<infer Code> ? Code : never

export function area<Code extends `TCN_${string}`>(
  title: string,
  errors: Record<Code, ErrorEntry>,
): ErrorArea<Code> {
  return { title, errors }
}

export function entry(status: number, summary: string, remedy: string): ErrorEntry {
  return { status, summary, remedy }
}
