import { setMaxListeners } from 'node:events'
import type { Proof } from '../../access/session-record.js'
import { decryptTestString, type LoginKey, readLoginKey } from '../../protocols/sysadm/codec/keys.js'
import type { Bucket, StateChange, StateEntry } from '../../state/index.js'

/** Keys of one principal, and of all. Each login by key tries all of them. */
const MAX_KEYS_OF_PRINCIPAL = 32
const MAX_KEYS = 1024
const MAX_NOTE = 255

export interface KeyNotes {
  nickname: string
  email: string
}

interface KeyRecord extends KeyNotes {
  principal: string
  key: string
  /** µs since the epoch */
  registered: number
}

/** A key with which a principal logs in. */
export interface RegisteredKey extends KeyRecord {
  readonly login: LoginKey
  /** Aborted when the key is revoked. */
  readonly ending: AbortController
}

const PREFIX = 'sysadm-key/'
/** The way of logins with keys. */
const WAY = 'sysadm-key'

/** The registered keys, kept in the state of the hub. */
export class LoginKeys {
  readonly #bucket: Bucket
  readonly #byName = new Map<string, RegisteredKey>()
  #unwatch: () => void = () => undefined
  /** Called when a key was registered or revoked. */
  changed: () => void = () => {}

  private constructor(bucket: Bucket) {
    this.#bucket = bucket
  }

  static async open(bucket: Bucket): Promise<LoginKeys> {
    const keys = new LoginKeys(bucket)
    // Before the list is read, so that no change of another hub falls between the two.
    keys.#unwatch = bucket.watch(PREFIX, (change) => keys.#follow(change))
    for await (const entry of bucket.list(PREFIX)) keys.#read(entry)
    return keys
  }

  close(): void {
    this.#unwatch()
  }

  /** The keys of a principal, or of everybody. */
  of(principal?: string): RegisteredKey[] {
    const all = [...this.#byName.values()]
    return principal === undefined ? all : all.filter((each) => each.principal === principal)
  }

  /** Returns false if it is no key, or there are too many. */
  async register(record: KeyRecord): Promise<boolean> {
    const known = this.#byName.has(nameOf(record))
    if (
      !known &&
      (this.#byName.size >= MAX_KEYS || this.of(record.principal).length >= MAX_KEYS_OF_PRINCIPAL)
    )
      return false
    const { nickname, email } = record
    const kept = { ...record, nickname: nickname.slice(0, MAX_NOTE), email: email.slice(0, MAX_NOTE) }
    if (readLoginKey(kept.key) === undefined) return false
    await this.#bucket.put(nameOf(kept), Buffer.from(JSON.stringify(kept)))
    return this.#keep(kept)
  }

  /** Ends what was opened with the key. Returns false if there is none. */
  async revoke(principal: string, key: string): Promise<boolean> {
    const name = nameOf({ principal, key })
    const known = this.#byName.get(name)
    if (known === undefined) return false
    // One that the store cannot remove is over all the same, and stays known, so that this can be repeated.
    known.ending.abort()
    await this.#bucket.delete(name)
    this.#forget(name)
    return true
  }

  /** The key with which a principal has logged in before; undefined if it is revoked, or the proof is another. */
  resume(principal: string, { way, id }: Proof): RegisteredKey | undefined {
    const key = way === WAY ? this.#byName.get(id) : undefined
    return key?.principal === principal ? key : undefined
  }

  /** Tries one key after the other, and returns the one that `accept` says the decrypted text fits. */
  *whoEncrypted(
    encrypted: Buffer,
    accept: (testString: string) => boolean,
  ): Generator<undefined, RegisteredKey | undefined> {
    for (const key of this.of()) {
      yield
      const text = decryptTestString(key.login, encrypted)
      if (text !== undefined && accept(text) && !key.ending.signal.aborted) return key
    }
    return undefined
  }

  /** Takes over what was written, by this hub or by another one that shares the store. */
  #follow(change: StateChange): void {
    if (change.type === 'put') {
      if (this.#read(change)) this.changed()
    } else {
      this.#forget(change.key)
    }
  }

  #read({ key, value }: StateEntry): boolean {
    try {
      if (!this.#keep(decodeRecord(value))) throw new Error('the key cannot be read')
      return true
    } catch (thrown) {
      this.#bucket.reportDamage(key, thrown)
      return false
    }
  }

  #forget(name: string): boolean {
    const found = this.#byName.get(name)
    if (found === undefined) return false
    this.#byName.delete(name)
    found.ending.abort()
    this.changed()
    return true
  }

  #keep(record: KeyRecord): boolean {
    const login = readLoginKey(record.key)
    if (login === undefined) return false
    const known = this.#byName.get(nameOf(record))?.ending
    const ending = known === undefined || known.signal.aborted ? new AbortController() : known
    setMaxListeners(0, ending.signal)
    this.#byName.set(nameOf(record), { ...record, login, ending })
    return true
  }
}

/** On what a login with this key stands. */
export function proofOf(key: RegisteredKey): Proof {
  return { way: WAY, id: nameOf(key) }
}

/** The checksum keeps the name of the record short. */
function nameOf({ principal, key }: Pick<KeyRecord, 'principal' | 'key'>): string {
  return `${PREFIX}${principal}/${readLoginKey(key)?.checksum ?? 'none'}`
}

function decodeRecord(value: Uint8Array): KeyRecord {
  const record = JSON.parse(Buffer.from(value).toString()) as KeyRecord
  const { principal, key, nickname, email, registered } = record
  if ([principal, key, nickname, email].some((text) => typeof text !== 'string') || !(registered >= 0))
    throw new Error('the record of a key has other fields')
  return record
}
