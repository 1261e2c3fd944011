import { TocsinError } from '../event/errors.js'
import { BUCKETS, type BucketName } from './state-store.js'

const MAX_KEY_BYTES = 512
export const MAX_VALUE_BYTES = 1024 * 1024

export function checkBucketName(name: string): asserts name is BucketName {
  if (!(BUCKETS as readonly string[]).includes(name))
    throw invalid(`there is no bucket ${JSON.stringify(name)}`)
}

export function checkKey(key: string): void {
  if (key.length === 0 || Buffer.byteLength(key) > MAX_KEY_BYTES)
    throw invalid(`a key has 1 to ${MAX_KEY_BYTES} bytes`)
  if (/[\u0000-\u001f\u007f\p{Surrogate}]/u.test(key)) {
    throw invalid(`a key is text without control characters, not ${JSON.stringify(key.slice(0, 80))}`)
  }
}

export function checkPrefix(prefix: string): void {
  if (prefix !== '') checkKey(prefix)
}

export function checkValue(value: Uint8Array, maxBytes: number): void {
  if (value.length > maxBytes)
    throw invalid(`a value of ${value.length} bytes; at most ${maxBytes} are taken`)
}

export function conflict(key: string, expected: number, actual: number): TocsinError {
  return new TocsinError('TCN_STATE_CONFLICT', `${key} is at revision ${actual}, not ${expected}`, {
    details: { key, expected, actual },
  })
}

function invalid(reason: string): TocsinError {
  return new TocsinError('TCN_STATE_INVALID', reason)
}

/** Order of keys: by their UTF-8 bytes, the same in every engine. */
export function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
