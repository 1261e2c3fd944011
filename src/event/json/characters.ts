/** The characters that have a meaning in JSON. */

export const HEX = '0123456789abcdef'

/** The character that an escape of one letter stands for. */
export const ESCAPES: Readonly<Record<number, number>> = {
  34: 34,
  92: 92,
  47: 47,
  98: 8,
  102: 12,
  110: 10,
  114: 13,
  116: 9,
}

export function isInNumber(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x2b ||
    code === 0x2e ||
    (code | 0x20) === 0x65
  )
}

export function isSurrogate(point: number): boolean {
  return point >= 0xd800 && point < 0xe000
}
