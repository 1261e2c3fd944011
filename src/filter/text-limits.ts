import { filterError } from './errors.js'

const utf8 = new TextEncoder()

/** Refuses text that is too long (in UTF-8 bytes) or that has no UTF-8 form. */
export function checkText(text: string, limit: number, where: string): void {
  // The number of UTF-16 units first: a hostile text is not encoded only to be measured.
  if (text.length > limit || utf8.encode(text).length > limit) {
    throw filterError('TCN_FILTER_PATTERN_TOO_LONG', where, `longer than ${limit} bytes`)
  }
  if (/\p{Surrogate}/u.test(text)) throw filterError('TCN_FILTER_SYNTAX', where, 'half of a surrogate pair')
}
