import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** The hash, and the bytes of a signature that are sent (RFC 3414, RFC 7860). */
const methods = {
  md5: { hash: 'md5', sent: 12 },
  sha: { hash: 'sha1', sent: 12 },
  sha224: { hash: 'sha224', sent: 16 },
  sha256: { hash: 'sha256', sent: 24 },
  sha384: { hash: 'sha384', sent: 32 },
  sha512: { hash: 'sha512', sent: 48 },
} as const

export type SignatureMethod = keyof typeof methods
export const signatureMethods = Object.keys(methods) as [SignatureMethod, ...SignatureMethod[]]

/** RFC 3414, appendix A.2. */
const EXPANDED_BYTES = 2 ** 20

/**
 * Checks signatures of one user. The library does so too, but keeps a key for each engine id that anybody makes up, after
 * hashing a megabyte for it; only messages with the right signature get there.
 */
export class SignatureCheck {
  readonly #hash: string
  readonly #sent: number
  readonly #userKey: Buffer

  constructor(method: SignatureMethod, passphrase: string) {
    const { hash, sent } = methods[method]
    this.#hash = hash
    this.#sent = sent
    this.#userKey = createHash(hash).update(Buffer.alloc(EXPANDED_BYTES, passphrase)).digest()
  }

  isRight(message: Buffer, engineId: Buffer, { start, end }: { start: number; end: number }): boolean {
    if (end - start !== this.#sent) return false
    const unsigned = Buffer.from(message)
    unsigned.fill(0, start, end)
    const key = createHash(this.#hash).update(this.#userKey).update(engineId).update(this.#userKey).digest()
    const digest = createHmac(this.#hash, key).update(unsigned).digest().subarray(0, this.#sent)
    return timingSafeEqual(digest, message.subarray(start, end))
  }
}
