import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAccessLog } from '../../../src/sources/text/access-log.js'

/** The format as a regular expression, which is slower. */
const quoted = '"((?:[^"\\\\]|\\\\.)*)"'
const format = new RegExp(
  `^([^ ]+) ([^ ]+) ([^ ]+) \\[([^\\]]{1,64})\\] ${quoted} (\\d{3}) (\\d+|-)(?: ${quoted} ${quoted})?(?: (.*))?$`,
  's',
)

function byPattern(text: string) {
  const match = format.exec(text)
  if (match === null) return undefined
  const [, remote, , user, time, request, status, bytes, referer, agent, rest] = match
  const [method, path, protocol] = request!.split(' ')
  const whole = protocol === undefined ? {} : { method, path, protocol }
  const facts = { remote, user, ...whole, status: Number(status), bytes: bytes === '-' ? 0 : Number(bytes) }
  const fields = Object.entries({ ...facts, referer, agent })
    .filter(
      ([name, value]) =>
        value !== undefined && (name === 'remote' || !/^-?$/.test(String(value)) || name in whole),
    )
    .concat(rest === undefined ? [] : [['rest', rest]])
  return { time, message: `${request} ${status}`, fields: Object.fromEntries(fields) }
}

const part = fc.oneof(
  fc.constantFrom(
    '10.0.0.7',
    '-',
    '',
    ' ',
    '"',
    '\\',
    '\\"',
    '[',
    ']',
    '200',
    '20',
    '0',
    'GET / HTTP/1.1',
    'a b',
  ),
  fc.constantFrom(
    '[24/Nov/2026:09:00:00 +0000]',
    '"GET /a HTTP/1.1"',
    '"-"',
    '"Moz\\"illa"',
    ' "x" "y"',
    ' "x"',
  ),
)
const whole =
  '10.0.0.7 - ann [24/Nov/2026:09:00:00 +0000] "GET /a?b HTTP/1.1" 200 17 "https://x/" "Moz \\" illa" 0.3'

const mutated = fc
  .array(fc.tuple(fc.nat(whole.length), fc.nat(6), part), { maxLength: 3 })
  .map((changes) =>
    changes.reduce((text, [at, length, by]) => text.slice(0, at) + by + text.slice(at + length), whole),
  )

test('a line is read as its format says, and others are not', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        mutated,
        fc.array(part).map((parts) => parts.join(' ')),
      ),
      (text) => {
        const { time, message, fields } = parseAccessLog(text) ?? {}
        expect(time && { time, message, fields }).toEqual(byPattern(text))
      },
    ),
    { numRuns: 5000 },
  )
})
