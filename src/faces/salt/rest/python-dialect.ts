import { isUtf8 } from 'node:buffer'
import { kindAt, textLength, textStart } from '../../../event/msgpack/find.js'
import { SALT_CONSTANT_EXT } from '../../../event/msgpack/values.js'
import { walkValue } from '../../../event/msgpack/walk.js'
import { contentStart, type JsonDialect, type LongScalar } from '../../../incremental/piece-writer.js'
import { msgpackToPythonJson, pythonKey } from '../../../protocols/salt/codec/msgpack-to-python-json.js'

/** JSON as `msgpackToPythonJson` writes it. */
export const pythonDialect: JsonDialect = {
  comma: ', ',
  colon: ': ',
  short: (bytes, start, end) => msgpackToPythonJson(bytes, {}, start, end),
  key: pythonKey,
  long(bytes, at, end) {
    const start = contentStart(bytes, at)
    const isConstant = kindAt(bytes, at) === 'ext' && bytes[start - 1] === SALT_CONSTANT_EXT
    return (isConstant && constantIn(bytes, start, end)) || textOrBytes(bytes, start, end)
  },
}

function textOrBytes(bytes: Uint8Array, start: number, end: number): LongScalar {
  const as = isUtf8(bytes.subarray(start, end)) ? 'text' : 'base64'
  return { as, before: '"', start, end, after: '"' }
}

/** Levels of a body that is decoded, but for the list of the constant. */
const MAX_VALUE_DEPTH = 511
/** To look through a value takes one step, and those of Salt's constants are numbers and short texts. */
const MAX_VALUE_BYTES = 64 * 1024

/** A list of the name and the value of a constant, of which only the name is written. */
function constantIn(bytes: Uint8Array, start: number, end: number): LongScalar | undefined {
  const name = start + 1
  if (bytes[start] !== 0x92 || kindAt(bytes, name) !== 'text') return undefined
  const first = textStart(bytes, name)
  const last = first + textLength(bytes, name)
  if (end - last > MAX_VALUE_BYTES) return undefined
  if (walkValue(bytes, last, end, MAX_VALUE_DEPTH) !== end) return undefined
  return { as: 'text', before: '"<Constant.', start: first, end: last, after: '>"' }
}
