import { type ErrorCode, TocsinError } from '../errors/tocsin-error.js'

/**
 * Makes an error about a filter. `where` is the path to the fault in the JSON form, or the pattern in the
 * short form. `details` may have the text, and the offset of the fault in it.
 */
export function filterError(
  code: ErrorCode,
  where: string,
  message: string,
  details: Record<string, unknown> = {},
): TocsinError {
  return new TocsinError(code, `${where}: ${message}`, { details: { where, ...details } })
}

/** Quotes an untrusted value, short enough for a message. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : describe(value)
  return text.length > 100 ? `${text.slice(0, 97)}...` : text
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  return `${typeof value} ${String(value)}`
}
