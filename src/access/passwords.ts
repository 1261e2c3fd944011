import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Principal } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import type { Bucket, StateChange, StateEntry } from '../state/index.js'
import { exceeded, isLimit, newEnding } from './credentials.js'
import type { Identity } from './identify.js'
import { COST } from './password-cost.js'
import { type Cost, HASH_BYTES, PasswordHasher } from './password-hasher.js'
import type { Granted } from './rights.js'
import type { PrincipalTable } from './tokens.js'

interface PasswordRecord extends Cost {
  principal: string
  /** The salt in base64. */
  salt: string
  hash: string
  created: number
  /** The rights of its maker, which those of the principal must not exceed; undefined if these are all. */
  limit?: Granted
}

interface StoredPassword {
  record: PasswordRecord
  ending: AbortController
}

const PREFIX = 'password/'
/** Most times that a stored hash repeats the work. */
const MAX_P = 16
/** Number of passwords that may wait to be checked. */
const MAX_WAITING = 16
/** HTTP sends the password with every request, so a correct one is remembered for this long, µs. */
const REMEMBER = 300e6
const MAX_REMEMBERED = 256

export const MIN_PASSWORD = 8
export const MAX_PASSWORD = 1024

/**
 * The passwords of principals, for HTTP Basic. Only one is hashed at a time, because hashing is expensive by
 * design.
 */
export class Passwords {
  readonly #bucket: Bucket
  readonly #runtime: Runtime
  readonly #principals: PrincipalTable
  readonly #byPrincipal = new Map<string, StoredPassword>()
  readonly #remembered = new Map<string, { identity: Identity; until: number }>()
  readonly #key = randomBytes(32)
  readonly #hasher: PasswordHasher
  #unwatch: () => void = () => undefined
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  private constructor(bucket: Bucket, runtime: Runtime, principals: PrincipalTable) {
    this.#bucket = bucket
    this.#runtime = runtime
    this.#principals = principals
    this.#hasher = new PasswordHasher(runtime)
  }

  static async open(bucket: Bucket, runtime: Runtime, principals: PrincipalTable): Promise<Passwords> {
    const passwords = new Passwords(bucket, runtime, principals)
    // Before the list is read, so that no change of another hub falls between the two.
    passwords.#unwatch = bucket.watch(PREFIX, (change) => passwords.#follow(change))
    for await (const entry of bucket.list(PREFIX)) passwords.#read(entry)
    return passwords
  }

  close(): void {
    this.#unwatch()
  }

  has(principal: string): boolean {
    return this.#byPrincipal.has(principal)
  }

  /** `limit`: the rights of its maker; default: all. */
  async set(principal: string, password: string, limit?: Granted): Promise<void> {
    if (this.#principals.find(principal) === undefined) {
      throw new TocsinError('TCN_ACCESS_UNKNOWN', `there is no principal ${principal}`)
    }
    const salt = Buffer.from(this.#runtime.random(16))
    const hash = await this.#inTurn(() => this.#hasher.hash(password, salt, COST))
    const record: PasswordRecord = {
      principal,
      ...COST,
      salt: salt.toString('base64'),
      hash: hash.toString('base64'),
      created: this.#runtime.now(),
      ...(limit === undefined ? {} : { limit }),
    }
    await this.#bucket.put(PREFIX + principal, encodeRecord(record))
    this.#keep(record)
  }

  /** Returns false if there was no password. Closes everything that was opened with it. */
  async remove(principal: string): Promise<boolean> {
    const kept = this.#byPrincipal.get(principal)
    if (kept === undefined) return false
    // One that the store cannot remove is over all the same, and stays known, so that this can be repeated.
    kept.ending.abort()
    await this.#bucket.delete(PREFIX + principal)
    this.#forget(principal)
    return true
  }

  *records(): Generator<PasswordRecord, void> {
    for (const { record } of this.#byPrincipal.values()) yield record
  }

  /** Ends everything opened with passwords whose principals have more rights now than those who set them. */
  endExceeding(): void {
    for (const kept of this.#byPrincipal.values()) {
      if (!this.#exceeds(kept)) continue
      kept.ending.abort()
      kept.ending = newEnding()
    }
  }

  #exceeds({ record: { limit, principal } }: StoredPassword): boolean {
    return !this.#principals.isWithin(limit, principal)
  }

  /** Identifies a user whose password was checked recently, without hashing it again. */
  known(user: string, password: string): Identity | undefined {
    const remembered = this.#remembered.get(this.#mark(user, password))
    if (remembered === undefined || remembered.identity.ended?.aborted) return undefined
    return remembered.until > this.#runtime.now() ? remembered.identity : undefined
  }

  /** The identity of who has shown the password with this salt before; undefined if it has changed. */
  resume(user: string, salt: string): Identity | undefined {
    const kept = this.#byPrincipal.get(user)
    const principal = this.#principals.find(user)
    if (principal === undefined || kept === undefined || kept.record.salt !== salt) return undefined
    return this.#exceeds(kept) ? undefined : identityOf(principal, kept)
  }

  /**
   * Returns undefined for a wrong password. The check takes just as long for a user who does not exist. Throws if the
   * principal exceeds the limit of the password.
   */
  async identify(user: string, password: string): Promise<Identity | undefined> {
    if (password.length > MAX_PASSWORD) return undefined
    const kept = this.#byPrincipal.get(user)
    const { record } = kept ?? { record: nobody }
    const { hash, raised } = await this.#inTurn(() => this.#hashes(password, record))
    if (!timingSafeEqual(hash, Buffer.from(record.hash, 'base64'))) return undefined
    const principal = this.#principals.find(record.principal)
    if (principal === undefined || kept === undefined || kept.ending.signal.aborted) return undefined
    if (raised !== undefined) void this.#raise(kept, raised)
    if (this.#exceeds(kept)) throw exceeded('password')
    const identity = identityOf(principal, kept)
    this.#remember(this.#mark(user, password), identity)
    return identity
  }

  /** Hashes at the cost of the record and, if that is an old one, at the present cost: for wrong passwords too, so that the time tells nothing. */
  async #hashes(password: string, { salt: text, N, r, p }: PasswordRecord) {
    const salt = Buffer.from(text, 'base64')
    const hash = await this.#hasher.hash(password, salt, { N, r, p })
    const isOld = N * r * p < COST.N * COST.r * COST.p
    return { hash, raised: isOld ? await this.#hasher.hash(password, salt, COST) : undefined }
  }

  /** Stores the hash at the present cost, unless the password has been changed meanwhile. */
  async #raise(kept: StoredPassword, hash: Buffer): Promise<void> {
    const key = PREFIX + kept.record.principal
    try {
      const entry = await this.#bucket.get(key)
      if (entry === undefined || decodeRecord(entry.value).hash !== kept.record.hash) return
      const record = { ...kept.record, ...COST, hash: hash.toString('base64') }
      await this.#bucket.compareAndSet(key, encodeRecord(record), entry.revision)
      kept.record = record
    } catch {
      // Another hub was faster, or the state cannot be written: the next login tries again.
    }
  }

  /** Takes over what was written, by this hub or by another one that shares the store. */
  #follow(change: StateChange): void {
    if (change.type === 'put') this.#read(change)
    else this.#forget(change.key.slice(PREFIX.length))
  }

  #read({ key, value }: StateEntry): void {
    try {
      this.#keep(decodeRecord(value))
    } catch (thrown) {
      this.#bucket.reportDamage(key, thrown)
    }
  }

  #forget(principal: string): boolean {
    const kept = this.#byPrincipal.get(principal)
    this.#byPrincipal.delete(principal)
    kept?.ending.abort()
    return kept !== undefined
  }

  /** Ends what was opened with the password before, unless it is the same: each has a salt of its own. */
  #keep(record: PasswordRecord): void {
    const known = this.#byPrincipal.get(record.principal)
    if (known?.record.salt === record.salt) {
      known.record = record
      return
    }
    known?.ending.abort()
    this.#byPrincipal.set(record.principal, { record, ending: newEnding() })
  }

  #remember(mark: string, identity: Identity): void {
    this.#remembered.delete(mark)
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const [oldest] = this.#remembered.keys()
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(mark, { identity, until: this.#runtime.now() + REMEMBER })
  }

  /** Returns a keyed hash of the login. The key is random, so the result is useless outside this process. */
  #mark(user: string, password: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([user, password]))
      .digest('base64')
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= MAX_WAITING) {
      throw new TocsinError('TCN_ACCESS_BUSY', 'too many passwords are being checked')
    }
    this.#waiting++
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    try {
      return await result
    } finally {
      this.#waiting--
    }
  }
}

/** Each password has a salt of its own, which tells it from those before it. */
function identityOf(principal: Principal, { record, ending }: StoredPassword): Identity {
  return { principal, ended: ending.signal, proof: { way: 'password', id: record.salt } }
}

/** A record for users who do not exist; no password has this hash. */
const nobody: PasswordRecord = {
  principal: '',
  ...COST,
  salt: Buffer.alloc(16).toString('base64'),
  hash: Buffer.alloc(HASH_BYTES).toString('base64'),
  created: 0,
}

function encodeRecord(record: PasswordRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record))
}

function decodeRecord(value: Uint8Array): PasswordRecord {
  const record = JSON.parse(Buffer.from(value).toString()) as PasswordRecord
  const { principal, salt, hash, limit, ...cost } = record
  const areTexts = [principal, salt, hash].every((text) => typeof text === 'string')
  if (!areTexts || Buffer.from(hash, 'base64').length !== HASH_BYTES || !isCost(cost) || !isLimit(limit))
    throw new Error('the record of a password has other fields')
  return record
}

/** A hash at another cost takes more memory than there is for it, or cannot be made. */
function isCost({ N, r, p }: Cost): boolean {
  const isPower = N > 1 && Number.isInteger(Math.log2(N))
  const areCounts = [N, r, p].every((each) => Number.isSafeInteger(each) && each > 0)
  return areCounts && isPower && N * r <= COST.N * COST.r && p <= MAX_P
}
