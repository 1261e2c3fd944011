/** XPath 1.0, section 4.4: neither a plus sign nor an exponent. */
const NUMBER = /^[ \t\r\n]*-?(?:\d+(?:\.\d*)?|\.\d+)[ \t\r\n]*$/

/** NaN for a text that is no number, which differs from every number. */
export function numberOf(text: string): number {
  return NUMBER.test(text) ? Number(text) : Number.NaN
}
