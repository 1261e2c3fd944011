import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { networkOf } from '../access/network.js'
import { readTrusted } from '../config/trusted-file.js'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { decryptTestString, type LoginKey, readLoginKey } from '../protocols/sysadm/codec/keys.js'

const MAX_FILE = 1024 * 1024
const MAX_KEYS = 10_000
/** Networks of which the last key is remembered. */
const MAX_HINTS = 10_000
const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----\r?\n?/g
const KEY_FILE = /\.(?:pem|pub)$/

/** A key with which peers log in. */
export interface BridgeKey extends LoginKey {
  /** The file that it is in. */
  readonly file: string
}

/** Reads all keys in files, and in the `.pem` and `.pub` files of folders. Throws TCN_BRIDGE_KEYS. */
export function readKeys(paths: readonly string[]): BridgeKey[] {
  try {
    const keys = paths.flatMap(filesAt).flatMap(keysIn)
    if (keys.length > MAX_KEYS) throw new Error(`there are more than ${MAX_KEYS} keys`)
    return [...new Map(keys.map((key) => [key.checksum, key])).values()]
  } catch (cause) {
    throw new TocsinError('TCN_BRIDGE_KEYS', messageOf(cause), { cause })
  }
}

function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => KEY_FILE.test(name))
    .sort()
    .map((name) => join(path, name))
}

function keysIn(file: string): BridgeKey[] {
  if (statSync(file).size > MAX_FILE) throw new Error(`${file} is longer than ${MAX_FILE} bytes`)
  const found = readTrusted(file).toString('latin1').match(PEM) ?? []
  if (found.length === 0) throw new Error(`${file} has no public key in PEM`)
  return found.map((pem) => {
    const key = readLoginKey(Buffer.from(pem).toString('base64'))
    if (key === undefined) throw new Error(`${file} has a key that is not RSA, or of an unusual size`)
    return { ...key, file }
  })
}

/** The keys of all peers. Each server usually has one of its own, so that there may be thousands. */
export class AuthorizedKeys {
  #keys: readonly BridgeKey[]
  /** The key with which somebody of a network logged in last: a peer that connects again has the same one. */
  readonly #last = new Map<string, BridgeKey>()

  constructor(keys: readonly BridgeKey[]) {
    this.#keys = keys
  }

  get size(): number {
    return this.#keys.length
  }

  has({ checksum }: BridgeKey): boolean {
    return this.#keys.some((key) => key.checksum === checksum)
  }

  replace(keys: readonly BridgeKey[]): void {
    this.#keys = keys
    this.#last.clear()
  }

  /** Tries one key after the other, and returns the one that `accept` says the decrypted text fits. */
  *whoEncrypted(
    encrypted: Buffer,
    address: string,
    accept: (testString: string) => boolean,
  ): Generator<undefined, BridgeKey | undefined> {
    const network = networkOf(address)
    const hint = this.#last.get(network)
    for (const key of hint === undefined ? this.#keys : [hint, ...this.#keys]) {
      yield
      const text = decryptTestString(key, encrypted)
      if (text === undefined || !accept(text) || !this.has(key)) continue
      this.#remember(network, key)
      return key
    }
    return undefined
  }

  #remember(network: string, key: BridgeKey): void {
    this.#last.delete(network)
    this.#last.set(network, key)
    const [oldest] = this.#last.keys()
    if (this.#last.size > MAX_HINTS) this.#last.delete(oldest)
  }
}
