import { type ErrorCode, TocsinError } from '../event/errors.js'

/** `where` is the path of what is wrong in the JSON form, or the pattern in the short spelling. */
export function filterError(code: ErrorCode, where: string, message: string): TocsinError {
  return new TocsinError(code, `${where}: ${message}`, { details: { where } })
}

/** A value of unknown origin, short enough for a message. */
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
