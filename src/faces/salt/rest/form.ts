import { TocsinError } from '../../../errors/tocsin-error.js'

type Fields = Record<string, unknown>

const MAX_FIELDS = 32 * 1024
/** Bytes that one step decodes, unless a single field is longer. */
const STEP_BYTES = 16 * 1024
const AND = 0x26

/** A form as fields; the values of a name that occurs more than once are a list. */
export function formFields(text: string): Fields {
  const fields: Fields = Object.create(null)
  addFields(fields, text)
  return fields
}

/** The same in steps. Throws TCN_HTTP_TOO_LARGE for too many fields. */
export function* longFormFields(bytes: Buffer): Generator<undefined, Fields> {
  const fields: Fields = Object.create(null)
  let count = 0
  for (let at = 0; at < bytes.length; yield) {
    const found = bytes.indexOf(AND, at + STEP_BYTES)
    const end = found < 0 ? bytes.length : found
    count += addFields(fields, bytes.toString('utf8', at, end))
    if (count > MAX_FIELDS)
      throw new TocsinError('TCN_HTTP_TOO_LARGE', `the form has more than ${MAX_FIELDS} fields`, {
        details: { limit: MAX_FIELDS },
      })
    at = end + 1
  }
  return fields
}

/** Returns how many there are. */
function addFields(fields: Fields, text: string): number {
  let count = 0
  for (const [name, value] of new URLSearchParams(text)) {
    const before = fields[name]
    if (before === undefined) fields[name] = value
    else if (Array.isArray(before)) before.push(value)
    else fields[name] = [before, value]
    count++
  }
  return count
}
