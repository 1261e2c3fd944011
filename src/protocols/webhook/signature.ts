import { createHmac, timingSafeEqual } from 'node:crypto'
import { finished } from '../../incremental/steps.js'

/** Bytes that are hashed at once. */
const HASHED_BYTES = 256 * 1024

/** The header of GitHub's form: the HMAC of the body. */
export const GITHUB_SIGNATURE = 'x-hub-signature-256'

/**
 * The headers of the form that standardwebhooks.com describes: the HMAC of id, time and body, so that a recorded
 * request cannot be sent again later.
 */
export const STANDARD_ID = 'webhook-id'
export const STANDARD_TIME = 'webhook-timestamp'
export const STANDARD_SIGNATURE = 'webhook-signature'

export function githubSignature(secret: string, body: Uint8Array): string {
  return finished(githubSigning(secret, [body]))
}

/** The same in steps. */
export function* githubSigning(secret: string, body: readonly Uint8Array[]): Generator<undefined, string> {
  return `sha256=${yield* hmacInSteps(secret, 'hex', body)}`
}

/** `seconds` is the time since the epoch. */
export function standardSignature(secret: string, id: string, seconds: number, body: Uint8Array): string {
  return finished(standardSigning(secret, id, seconds, [body]))
}

export function* standardSigning(
  secret: string,
  id: string,
  seconds: number,
  body: readonly Uint8Array[],
): Generator<undefined, string> {
  const before = Buffer.from(`${id}.${seconds}.`)
  return `v1,${yield* hmacInSteps(standardKey(secret), 'base64', [before, ...body])}`
}

function* hmacInSteps(
  key: string | Uint8Array,
  encoding: 'hex' | 'base64',
  parts: readonly Uint8Array[],
): Generator<undefined, string> {
  const hash = createHmac('sha256', key)
  for (const part of parts)
    for (let at = 0; at < part.length; at += HASHED_BYTES, yield)
      hash.update(part.subarray(at, at + HASHED_BYTES))
  return hash.digest(encoding)
}

/** The HMAC-SHA256 of all parts, one after the other. */
export function hmacOf(
  key: string | Uint8Array,
  encoding: 'hex' | 'base64',
  ...parts: readonly (string | Uint8Array)[]
): string {
  const hash = createHmac('sha256', key)
  for (const part of parts) hash.update(part)
  return hash.digest(encoding)
}

/** Returns whether two texts are equal, in a time that says nothing about where they differ. */
export function isEqualSecret(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHmac('sha256', 'compare').update(text).digest())
  return timingSafeEqual(a, b)
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * The key of a secret of the form of standardwebhooks.com, as its libraries read it: base64, with `whsec_` before it or
 * without. A text that is no base64 is the key itself here, as for those libraries in their raw format.
 */
export function standardKey(secret: string): Uint8Array {
  const text = secret.replace(/^whsec_/, '')
  return BASE64.test(text) ? Buffer.from(text, 'base64') : Buffer.from(secret)
}
