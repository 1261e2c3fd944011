import { TocsinError } from '../../../errors/tocsin-error.js'

type Fields = Record<string, unknown>

const MAX_FIELDS = 32 * 1024
/** Bytes that one step decodes. */
const STEP_BYTES = 16 * 1024
const [AND, EQUALS, PERCENT, PLUS, SPACE] = Buffer.from('&=%+ ')

/**
 * A form as fields, in steps; the values of a name that occurs more than once are a list. Throws TCN_HTTP_TOO_LARGE for
 * too many fields.
 */
export function* formFields(bytes: Buffer): Generator<undefined, Fields> {
  const form = new FormReader(bytes)
  while (!form.step()) yield
  return form.fields
}

/** Decodes a form byte by byte, as URLSearchParams does, so that a long field is cut too. */
class FormReader {
  readonly fields: Fields = Object.create(null)
  readonly #bytes: Buffer
  readonly #decoded: Buffer
  #at = 0
  /** The decoded bytes of the current name or value. */
  #from = 0
  #to = 0
  /** The name of the current field, once its value has begun. */
  #name: string | undefined
  #count = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#decoded = Buffer.allocUnsafe(bytes.length)
  }

  /** Returns whether this was the last step. */
  step(): boolean {
    const bytes = this.#bytes
    for (const end = Math.min(this.#at + STEP_BYTES, bytes.length); this.#at < end; this.#at++) {
      const byte = bytes[this.#at]
      if (byte === AND) this.#endField()
      else if (byte === EQUALS && this.#name === undefined) this.#name = this.#take()
      else this.#decoded[this.#to++] = byte === PERCENT ? this.#escaped() : byte === PLUS ? SPACE : byte
    }
    if (this.#at < bytes.length) return false
    this.#endField()
    return true
  }

  /** Reads the digits after a percent sign; without them it stands for itself. */
  #escaped(): number {
    const digits = this.#bytes.toString('latin1', this.#at + 1, this.#at + 3)
    if (!/^[\da-f]{2}$/i.test(digits)) return PERCENT
    this.#at += 2
    return Number.parseInt(digits, 16)
  }

  #endField(): void {
    if (this.#name === undefined && this.#from === this.#to) return
    const name = this.#name ?? this.#take()
    addField(this.fields, name, this.#take())
    this.#name = undefined
    if (++this.#count <= MAX_FIELDS) return
    throw new TocsinError('TCN_HTTP_TOO_LARGE', `the form has more than ${MAX_FIELDS} fields`, {
      details: { limit: MAX_FIELDS },
    })
  }

  #take(): string {
    const text = this.#decoded.toString('utf8', this.#from, this.#to)
    this.#from = this.#to
    return text
  }
}

function addField(fields: Fields, name: string, value: string): void {
  const before = fields[name]
  if (before === undefined) fields[name] = value
  else if (Array.isArray(before)) before.push(value)
  else fields[name] = [before, value]
}
