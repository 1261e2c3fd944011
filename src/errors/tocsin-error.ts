import { catalogue, type ErrorCode } from './catalogue.js'
import { messageOf } from './thrown.js'

const brand = Symbol.for('tocsin.error')

export interface TocsinErrorOptions {
  cause?: unknown
  /** Facts that a program may branch on or show, such as names, limits and offsets. Never a secret. */
  details?: Record<string, unknown>
}

/**
 * Every error that Tocsin throws. Branch on `code`; the text is for people and may change.
 *
 * @example
 * try {
 *   await hub.publish('deploy/web1/started', { version: '2.4.1' })
 * } catch (error) {
 *   if (!TocsinError.is(error, 'TCN_ACCESS_DENIED')) throw error
 *   console.error(error.message, error.details)
 * }
 */
export class TocsinError extends Error {
  override readonly name = 'TocsinError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>
  readonly [brand] = true

  constructor(code: ErrorCode, message?: string, options: TocsinErrorOptions = {}) {
    super(
      // A newer hub may use codes that are missing here, and the browser bundle has few texts.
      message ?? catalogue[code]?.summary ?? code,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.details = options.details ?? {}
  }

  // Two copies of the package in one program must recognise each other's errors.
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
  }

  static is(value: unknown, code?: ErrorCode): value is TocsinError {
    return value instanceof TocsinError && (code === undefined || value.code === code)
  }
}

export { catalogue, type ErrorCode } from './catalogue.js'

/** Returns whether the system refused to open a file or connection because too many are open, whatever was tried. */
function isOutOfFiles(thrown: unknown): thrown is Error {
  const { code }: { code?: unknown } = thrown ?? {}
  return thrown instanceof Error && (code === 'EMFILE' || code === 'ENFILE')
}

/**
 * Turns any thrown value into a TocsinError. A value that already is one stays as it is.
 *
 * @example
 * toTocsinError(new RangeError('too long'), 'TCN_BODY_INVALID').code // 'TCN_BODY_INVALID'
 */
export function toTocsinError(thrown: unknown, code: ErrorCode): TocsinError {
  if (TocsinError.is(thrown)) return thrown
  if (isOutOfFiles(thrown)) return new TocsinError('TCN_FILE_TOO_MANY', thrown.message, { cause: thrown })
  const text = messageOf(thrown)
  return new TocsinError(code, `${catalogue[code]?.summary ?? code}: ${text}`, { cause: thrown })
}
