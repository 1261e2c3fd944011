import type { Principal } from '../bus/principal.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel, Runtime } from '../event/runtime.js'
import type { Bucket, StateChange, StateEntry } from '../state/index.js'
import { exceeded, newEnding } from './credentials.js'
import type { Identity } from './identify.js'
import type { Grant, Granted } from './rights.js'
import { digest, sameDigest } from './secret.js'
import {
  decodeRecord,
  encodeRecord,
  idOfToken,
  makeSecret,
  TOKEN_PREFIX,
  type TokenRecord,
  tokenKey,
} from './token.js'

/** The principals that tokens belong to. */
export interface PrincipalTable {
  find(name: string): Principal | undefined
  /** Adds a principal that comes with a token. A configured principal of this name stays as it is. */
  grant(name: string, grant: Grant): void
  forget(name: string): void
  /** Returns whether the principal has no right beyond this limit. */
  isWithin(limit: Granted | undefined, name: string): boolean
}

export interface NewToken {
  name: string
  /** The principal that the token belongs to. Default: one with the name of the token. */
  principal?: string
  grant?: Grant
  /** The rights of its maker. Default: all. */
  limit?: Granted
  /** Lifetime of the token, µs. Default: no expiry. */
  expires?: number
}

/** A new token, shown only once. */
export interface MadeToken {
  record: TokenRecord
  token: string
}

interface StoredToken {
  record: TokenRecord
  hash: Buffer
  ending: AbortController
  /** Over, whether or not the store could remove it yet. */
  isRevoked: boolean
}

const MAX_TOKENS = 10_000
/** Shortest interval between two writes of the last use, µs. */
const USE_EVERY = 60e6
/** Longest wait for the next expiry, ms. The wall clock may be changed in the meantime. */
const MAX_WAIT = 3_600_000

/** The tokens of all hubs that share the store. All records are in memory, and the stored ones contain no secret. */
export class Tokens {
  readonly #bucket: Bucket
  readonly #runtime: Runtime
  readonly #principals: PrincipalTable
  readonly #most: number
  readonly #byId = new Map<string, StoredToken>()
  /** Names of tokens that are being rotated. */
  readonly #rotating = new Set<string>()
  #cancel: Cancel | undefined
  #unwatch: () => void = () => undefined

  private constructor(bucket: Bucket, runtime: Runtime, principals: PrincipalTable, most: number) {
    this.#bucket = bucket
    this.#runtime = runtime
    this.#principals = principals
    this.#most = most
  }

  static async open(
    bucket: Bucket,
    runtime: Runtime,
    principals: PrincipalTable,
    most = MAX_TOKENS,
  ): Promise<Tokens> {
    const tokens = new Tokens(bucket, runtime, principals, most)
    // Before the list is read, so that no change of another hub falls between the two.
    tokens.#unwatch = bucket.watch(TOKEN_PREFIX, (change) => tokens.#follow(change))
    for await (const entry of bucket.list(TOKEN_PREFIX)) tokens.#read(entry)
    tokens.#expire()
    return tokens
  }

  /** Returns undefined for a token that is unknown or no longer valid. Throws if its principal exceeds its limit. */
  identify(token: string): Identity | undefined {
    const id = idOfToken(token)
    const kept = id === undefined ? undefined : this.#byId.get(id)
    if (kept === undefined || !sameDigest(digest(token), kept.hash)) return undefined
    if (this.exceeds(kept.record)) throw exceeded('token')
    const identity = this.#identityOf(kept)
    if (identity !== undefined) this.#used(kept.record, this.#runtime.now())
    return identity
  }

  /** The identity of who has shown the token with this id before; undefined if it is no longer valid. */
  resume(id: string): Identity | undefined {
    const kept = this.#byId.get(id)
    return kept && this.#identityOf(kept)
  }

  #identityOf(kept: StoredToken): Identity | undefined {
    const { record, isRevoked } = kept
    if (isRevoked || isOver(record, this.#runtime.now()) || this.exceeds(record)) return undefined
    const principal = this.#principals.find(record.principal)
    if (principal === undefined) return undefined
    // It had expired by a clock that was set back since, or its principal had more rights for a time.
    if (kept.ending.signal.aborted) kept.ending = newEnding()
    return { principal, ended: kept.ending.signal, proof: { way: 'token', id: record.id } }
  }

  list(): TokenRecord[] {
    return [...this.records()]
  }

  *records(): Generator<TokenRecord, void> {
    for (const { record } of this.#byId.values()) yield record
  }

  #find(isMeant: (record: TokenRecord) => unknown): TokenRecord | undefined {
    for (const record of this.records()) if (isMeant(record)) return record
    return undefined
  }

  /** Returns the current token of this name. Throws TCN_TOKEN_UNKNOWN. */
  get(name: string): TokenRecord {
    const record = this.#find((each) => each.name === name && !each.rotated)
    if (record === undefined) throw new TocsinError('TCN_TOKEN_UNKNOWN', `there is no token ${name}`)
    return record
  }

  /** Returns whether its principal has rights that its maker does not have. */
  exceeds({ limit, principal }: TokenRecord): boolean {
    return !this.#principals.isWithin(limit, principal)
  }

  /** Ends everything opened with tokens whose principals have more rights now than their makers. */
  endExceeding(): void {
    for (const kept of this.#byId.values()) if (this.exceeds(kept.record)) kept.ending.abort()
  }

  async add({ name, principal = name, grant, limit, expires }: NewToken): Promise<MadeToken> {
    this.#checkNew(name, principal, grant)
    const created = this.#runtime.now()
    return this.#make({
      name,
      principal,
      ...(grant === undefined ? {} : { grant }),
      ...(limit === undefined ? {} : { limit }),
      created,
      ...(expires === undefined ? {} : { expires: created + expires }),
    })
  }

  /**
   * Makes another token of this name with the same lifetime; the old one stays valid for `grace` µs. A second
   * rotation at the same time is refused, because it would end the token of the first before anybody has seen
   * it. `limit` is that of the new one.
   */
  async rotate(name: string, grace: number, limit?: Granted): Promise<MadeToken> {
    const old = this.get(name)
    this.#checkRoom()
    if (this.#rotating.has(name)) {
      throw new TocsinError('TCN_TOKEN_ROTATING', `the token ${name} is being rotated`)
    }
    this.#rotating.add(name)
    try {
      return await this.#rotate(old, grace, limit)
    } finally {
      this.#rotating.delete(name)
    }
  }

  async #rotate(old: TokenRecord, grace: number, limit: Granted | undefined): Promise<MadeToken> {
    const now = this.#runtime.now()
    const { id: _id, hash: _hash, lastUsed: _used, limit: _limit, ...rest } = old
    const lifetime = old.expires === undefined ? undefined : old.expires - old.created
    const made = await this.#make({
      ...rest,
      ...(limit === undefined ? {} : { limit }),
      created: now,
      ...(lifetime === undefined ? {} : { expires: now + lifetime }),
    })
    if (!this.#byId.has(old.id)) {
      throw new TocsinError('TCN_TOKEN_UNKNOWN', `the token ${old.name} was revoked in the meantime`)
    }
    const expires = Math.min(old.expires ?? Number.POSITIVE_INFINITY, now + grace)
    try {
      await this.#update(old, { rotated: true, expires })
    } catch (error) {
      // Nobody has seen it.
      const unseen = this.#byId.get(made.record.id)
      if (unseen !== undefined) await this.#end(unseen).catch(() => undefined)
      throw error
    }
    Object.assign(old, { rotated: true, expires })
    this.#expire()
    return made
  }

  /**
   * Revokes all tokens of this name and closes everything that was opened with them. Returns their number.
   */
  async revoke(name: string): Promise<number> {
    this.get(name)
    const ended = [...this.#byId.values()].filter(({ record }) => record.name === name)
    await Promise.all(ended.map((kept) => this.#end(kept)))
    return ended.length
  }

  close(): void {
    this.#unwatch()
    this.#cancel?.()
  }

  /** Takes over what was written, by this hub or by another one that shares the store. */
  #follow(change: StateChange): void {
    if (change.type === 'put') {
      this.#read(change)
      this.#expire()
      return
    }
    const kept = this.#byId.get(change.key.slice(TOKEN_PREFIX.length))
    if (kept === undefined) return
    this.#drop(kept.record)
    kept.ending.abort()
  }

  #read(entry: StateEntry): void {
    try {
      const record = decodeRecord(entry)
      const kept = this.#byId.get(record.id)
      if (kept === undefined) this.#keep(record)
      else Object.assign(kept.record, record)
    } catch (thrown) {
      this.#bucket.reportDamage(entry.key, thrown)
    }
  }

  async #make(parts: Omit<TokenRecord, 'id' | 'hash'>): Promise<MadeToken> {
    const { id, token } = makeSecret(this.#runtime)
    const record: TokenRecord = { id, ...parts, hash: digest(token).toString('base64') }
    this.#keep(record)
    try {
      await this.#write(record)
    } catch (error) {
      this.#drop(record)
      throw error
    }
    this.#expire()
    return { record, token }
  }

  #checkNew(name: string, principal: string, grant: Grant | undefined): void {
    this.#checkRoom()
    if (this.#find((each) => each.name === name) !== undefined) {
      throw new TocsinError('TCN_TOKEN_CONFLICT', `the token ${name} already exists`)
    }
    const known = this.#principals.find(principal) !== undefined
    if (grant === undefined && !known) {
      throw new TocsinError('TCN_ACCESS_UNKNOWN', `there is no principal ${principal}; give the token rights`)
    }
    if (grant !== undefined && (known || principal !== name)) {
      throw new TocsinError('TCN_TOKEN_RIGHTS', `${principal} has its own rights, and the token gets those`)
    }
  }

  #checkRoom(): void {
    if (this.#byId.size < this.#most) return
    throw new TocsinError('TCN_TOKEN_TOO_MANY', `there are already ${this.#most} tokens`)
  }

  #keep(record: TokenRecord): void {
    if (record.grant !== undefined) this.#principals.grant(record.principal, record.grant)
    const hash = Buffer.from(record.hash, 'base64')
    this.#byId.set(record.id, { record, hash, ending: newEnding(), isRevoked: false })
  }

  #drop({ id, principal, grant }: TokenRecord): void {
    this.#byId.delete(id)
    if (grant === undefined || this.#find((each) => each.grant && each.principal === principal)) return
    this.#principals.forget(principal)
  }

  /** One that the store cannot remove is over all the same, and stays known, so that this can be repeated. */
  async #end(kept: StoredToken): Promise<void> {
    kept.isRevoked = true
    kept.ending.abort()
    await this.#bucket.delete(tokenKey(kept.record))
    this.#drop(kept.record)
  }

  /** Its record in the store says already that it is over. */
  #forgetOld({ record, ending }: StoredToken): void {
    this.#drop(record)
    ending.abort()
    this.#bucket.delete(tokenKey(record)).catch(() => {})
  }

  #write(record: TokenRecord): Promise<unknown> {
    return this.#bucket.put(tokenKey(record), encodeRecord(record))
  }

  /** Changes a record that is stored; one that another hub has removed meanwhile must not come back. */
  async #update(record: TokenRecord, change: Partial<TokenRecord>): Promise<void> {
    const key = tokenKey(record)
    for (;;) {
      const entry = await this.#bucket.get(key)
      if (entry === undefined) {
        throw new TocsinError('TCN_TOKEN_UNKNOWN', `the token ${record.name} was revoked in the meantime`)
      }
      const changed = encodeRecord({ ...decodeRecord(entry), ...change })
      try {
        await this.#bucket.compareAndSet(key, changed, entry.revision)
        return
      } catch (thrown) {
        if (!TocsinError.is(thrown, 'TCN_STATE_CONFLICT')) throw thrown
      }
    }
  }

  #used(record: TokenRecord, now: number): void {
    if (now - (record.lastUsed ?? 0) < USE_EVERY) return
    record.lastUsed = now
    // Nothing depends on whether the last use could be stored.
    this.#update(record, { lastUsed: now }).catch(() => {})
  }

  /** Ends expired tokens, and schedules the next check. */
  #expire = (): void => {
    this.#cancel?.()
    const now = this.#runtime.now()
    let next = Number.POSITIVE_INFINITY
    for (const kept of this.#byId.values()) {
      const { expires, rotated } = kept.record
      if (expires === undefined) continue
      if (expires > now) next = Math.min(next, expires)
      else if (rotated) this.#forgetOld(kept)
      else kept.ending.abort()
    }
    if (next === Number.POSITIVE_INFINITY) return
    this.#cancel = this.#runtime.after(Math.min(Math.ceil((next - now) / 1000), MAX_WAIT), this.#expire)
  }
}

function isOver({ expires }: TokenRecord, now: number): boolean {
  return expires !== undefined && expires <= now
}
