import { TocsinError } from '../../errors/tocsin-error.js'
import { decode, encode } from '../../event/index.js'
import { asFields, isCount } from '../../event/json/object.js'

/**
 * The position of a consumer: every event up to `taken` is settled (acknowledged, parked, reported as a gap, or not
 * for this consumer), except for the few in `open`.
 */
export interface ConsumerPosition {
  epoch: string
  taken: number
  open: readonly { seq: number; tries: number }[]
}

/** Stored state of a consumer: one value, so that it changes as a whole. */
export interface ConsumerRecord {
  /** Filter as canonical JSON. */
  filter: string
  /** µs since the epoch */
  created: number
  position: ConsumerPosition
  /** The number of the claim under which it was written, if several hubs share the store: see `Claims`. */
  claim?: number
  /** The hub that has written it hands out nothing after that. */
  isFinal?: true
  /** Hubs before may have handed out events after the position. */
  doubt?: Doubt
}

/** Events that may have been handed out: `events` of those that come next, or any number, but none after `seq`. */
export interface Doubt {
  readonly seq: number
  readonly events?: number
}

/** Returns whether events after the position may have been handed out: their hub has ended without a last record. */
export function isDoubtful({ claim, isFinal }: ConsumerRecord): boolean {
  return claim !== undefined && isFinal !== true
}

export function encodeRecord({ position, ...rest }: ConsumerRecord): Uint8Array {
  const { epoch, taken, open } = position
  return encode({ ...rest, epoch, taken, open: open.map(({ seq, tries }) => [seq, tries]) })
}

export function decodeRecord(value: Uint8Array): ConsumerRecord {
  const record = decode(value)
  if (!isRecord(record)) throw new Error('the record of a consumer has other fields')
  const { filter, created, epoch, taken, open, claim, isFinal, doubt } = record
  const position = { epoch, taken, open: open.map(([seq, tries]) => ({ seq, tries })) }
  return {
    ...{ filter, created, position },
    ...(claim !== undefined && { claim }),
    ...(isFinal === true && { isFinal }),
    ...(doubt !== undefined && { doubt }),
  }
}

interface StoredRecord {
  filter: string
  created: number
  epoch: string
  taken: number
  open: [seq: number, tries: number][]
  claim?: number
  isFinal?: unknown
  doubt?: Doubt
}

function isRecord(value: unknown): value is StoredRecord {
  const { filter, created, epoch, taken, open, claim = 0, doubt = { seq: 0 } } = asFields(value)
  const { seq, events = 0 } = asFields(doubt)
  return (
    typeof filter === 'string' &&
    typeof epoch === 'string' &&
    [created, taken, claim, seq, events].every(isCount) &&
    Array.isArray(open) &&
    open.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isCount))
  )
}

const NAME = /^[A-Za-z0-9._-]{1,128}$/

export function checkConsumerName(name: string): void {
  if (NAME.test(name)) return
  throw new TocsinError(
    'TCN_CONSUMER_INVALID',
    `${JSON.stringify(name.slice(0, 140))} is no name of a consumer; names are 1 to 128 letters, digits, dots, dashes and underscores`,
  )
}
