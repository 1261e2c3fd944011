/** Formats scalars as Python does. */

/** `repr` of a float, as Python's `json` writes it: `1.0`, `1e-07`, `1e+16`, `NaN`, `Infinity`. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  // JavaScript gives the same digits, but uses an exponent for other values and formats it differently.
  const [mantissa, exponentText] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) return `${mantissa}e${exponentOf(exponent)}`
  const sign = value < 0 ? '-' : ''
  const digits = mantissa.replace(/[-.]/g, '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}

function exponentOf(exponent: number): string {
  return `${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

/** In double quotes; characters beyond ASCII are kept. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}

/** In double quotes; characters beyond ASCII are escaped. */
export function quotedAscii(text: string): string {
  return JSON.stringify(text).replace(notAscii, escapeUnit)
}

const notAscii = /[\u007f-\uffff]/g

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** `str` of a datetime, from the text of Salt's ext 78 (`20240102T03:04:05.000006`); undefined if it is not one. */
export function datetimeText(text: string): string | undefined {
  const match = saltDatetime.exec(text)
  if (match === null) return undefined
  const [, year, month, day, time, fraction] = match
  return `${year}-${month}-${day} ${time}${fractionText(fraction.padEnd(6, '0'))}`
}

const saltDatetime = /^(\d{4})(\d\d)(\d\d)T(\d\d:\d\d:\d\d)\.(\d{1,6})$/

/** `str` of the datetime for a point in time, in UTC. */
export function dateText(date: Date, nanoseconds: number): string {
  const micros = String(Math.floor(nanoseconds / 1000)).padStart(6, '0')
  return date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, fractionText(micros))
}

function fractionText(micros: string): string {
  return micros === '000000' ? '' : `.${micros}`
}

/** Compares text by code points, as Python does. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (left !== right) return codePointRank(left) - codePointRank(right)
  }
  return a.length - b.length
}

/** Surrogates belong to characters that sort after all characters of a single unit. */
function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}
