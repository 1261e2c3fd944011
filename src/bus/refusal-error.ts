import type { ErrorCode } from '../errors/catalogue.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { frameKind, frameSeq, sourceLength, sourceStart, tagLength, tagStart } from '../event/frame.js'
import { decodeUtf8 } from '../event/utf8.js'

/**
 * Returns the error for a refused frame. If a right is missing, it names the right and what needs it. It has no stack,
 * which would take longer than all else about a refusal, and one read may have thousands.
 */
export function refusalError(code: ErrorCode, bytes: Uint8Array, at: number): TocsinError {
  const missing = missingRight(code, bytes, at)
  const details = { counter: frameSeq(bytes, at), ...missing?.details }
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return new TocsinError(code, missing?.message, { details })
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** Returns undefined if no right would help; the tag and source of such a frame may be unreadable. */
function missingRight(code: ErrorCode, bytes: Uint8Array, at: number) {
  switch (code) {
    case 'TCN_ACCESS_DENIED':
      return needs('publish', 'tag', tagOf(bytes, at))
    case 'TCN_TAG_RESERVED':
      return needs('produce', 'tag', tagOf(bytes, at), ', which belongs to the hub,')
    case 'TCN_TYPE_RESERVED':
      return needs('produce', 'tag', tagOf(bytes, at), ', whose type belongs to the hub,')
    case 'TCN_ORIGIN_FOREIGN':
      return needs('produce', 'source', sourceOf(bytes, at), ', which this principal does not own,')
    case 'TCN_KIND_RESERVED':
      return needs('produce', 'kind', frameKind(bytes, at))
  }
}

function needs(right: 'publish' | 'produce', what: string, value: string | number, why = '') {
  return {
    message: `the ${what} ${JSON.stringify(value)}${why} requires the right "${right}"`,
    details: { right, [what]: value },
  }
}

function tagOf(bytes: Uint8Array, at: number): string {
  return shortText(bytes, tagStart(bytes, at), tagLength(bytes, at))
}

function sourceOf(bytes: Uint8Array, at: number): string {
  return shortText(bytes, sourceStart(bytes, at), sourceLength(bytes, at))
}

const MAX_CHARACTERS = 128

function shortText(bytes: Uint8Array, start: number, length: number): string {
  const characters = [...decodeUtf8(bytes, start, start + length)]
  if (characters.length <= MAX_CHARACTERS) return characters.join('')
  return `${characters.slice(0, MAX_CHARACTERS).join('')}…`
}
