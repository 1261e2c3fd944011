import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { TocsinError } from '../event/errors.js'
import type { Runtime } from '../event/runtime.js'
import type { Bucket } from '../state/index.js'
import type { Identity } from './identify.js'
import type { PrincipalTable } from './tokens.js'

/** Stored with each hash, so that they can be raised one day. */
interface Cost {
  N: number
  r: number
  p: number
}

interface PasswordRecord extends Cost {
  principal: string
  /** base64 */
  salt: string
  hash: string
  created: number
}

interface Kept {
  record: PasswordRecord
  ending: AbortController
}

const PREFIX = 'password/'
/** 32 MiB and about a tenth of a second. */
const COST: Cost = { N: 2 ** 15, r: 8, p: 1 }
const HASH_BYTES = 32
const MOST_MEMORY = 64 * 2 ** 20
/** Passwords that may wait for their turn. */
const MAX_WAITING = 16
/** HTTP shows the password with every request: a right one is known again for so long, µs. */
const REMEMBER = 300e6
const MAX_REMEMBERED = 256

export const MIN_PASSWORD = 8
export const MAX_PASSWORD = 1024

/** Passwords of principals, for HTTP Basic. Hashed one at a time: the cost is meant for attackers. */
export class Passwords {
  readonly #bucket: Bucket
  readonly #runtime: Runtime
  readonly #principals: PrincipalTable
  readonly #byPrincipal = new Map<string, Kept>()
  readonly #remembered = new Map<string, { identity: Identity; until: number }>()
  readonly #key = randomBytes(32)
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  private constructor(bucket: Bucket, runtime: Runtime, principals: PrincipalTable) {
    this.#bucket = bucket
    this.#runtime = runtime
    this.#principals = principals
  }

  static async open(bucket: Bucket, runtime: Runtime, principals: PrincipalTable): Promise<Passwords> {
    const passwords = new Passwords(bucket, runtime, principals)
    for await (const { value } of bucket.list(PREFIX)) {
      passwords.#keep(JSON.parse(Buffer.from(value).toString()) as PasswordRecord)
    }
    return passwords
  }

  has(principal: string): boolean {
    return this.#byPrincipal.has(principal)
  }

  async set(principal: string, password: string): Promise<void> {
    if (this.#principals.find(principal) === undefined) {
      throw new TocsinError('TCN_ACCESS_DENIED', `there is no principal ${principal}`)
    }
    const salt = Buffer.from(this.#runtime.random(16))
    const hash = await this.#inTurn(() => derive(password, salt, COST))
    const record: PasswordRecord = {
      principal,
      ...COST,
      salt: salt.toString('base64'),
      hash: hash.toString('base64'),
      created: this.#runtime.now(),
    }
    await this.#bucket.put(PREFIX + principal, Buffer.from(JSON.stringify(record)))
    this.#byPrincipal.get(principal)?.ending.abort()
    this.#keep(record)
  }

  /** False when there was none. What is open with it is closed. */
  async remove(principal: string): Promise<boolean> {
    const kept = this.#byPrincipal.get(principal)
    if (kept === undefined) return false
    this.#byPrincipal.delete(principal)
    kept.ending.abort()
    await this.#bucket.delete(PREFIX + principal)
    return true
  }

  /** One that was shown lately, without work. */
  known(user: string, password: string): Identity | undefined {
    const remembered = this.#remembered.get(this.#mark(user, password))
    if (remembered === undefined || remembered.identity.ended?.aborted) return undefined
    return remembered.until > this.#runtime.now() ? remembered.identity : undefined
  }

  /** Undefined for a wrong password; a user that is not there takes as long to find out. */
  async identify(user: string, password: string): Promise<Identity | undefined> {
    if (password.length > MAX_PASSWORD) return undefined
    const kept = this.#byPrincipal.get(user)
    const { record } = kept ?? { record: nobody }
    const hash = await this.#inTurn(() => derive(password, Buffer.from(record.salt, 'base64'), record))
    if (!timingSafeEqual(hash, Buffer.from(record.hash, 'base64'))) return undefined
    const principal = this.#principals.find(record.principal)
    if (principal === undefined || kept === undefined || kept.ending.signal.aborted) return undefined
    const identity = { principal, ended: kept.ending.signal }
    this.#remember(this.#mark(user, password), identity)
    return identity
  }

  #keep(record: PasswordRecord): void {
    const ending = new AbortController()
    setMaxListeners(0, ending.signal)
    this.#byPrincipal.set(record.principal, { record, ending })
  }

  #remember(mark: string, identity: Identity): void {
    this.#remembered.delete(mark)
    if (this.#remembered.size >= MAX_REMEMBERED) {
      const [oldest] = this.#remembered.keys()
      this.#remembered.delete(oldest)
    }
    this.#remembered.set(mark, { identity, until: this.#runtime.now() + REMEMBER })
  }

  /** Worth nothing outside this process. */
  #mark(user: string, password: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([user, password]))
      .digest('base64')
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= MAX_WAITING) {
      throw new TocsinError('TCN_ACCESS_TRIES', 'too many passwords are being checked')
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

/** Nobody's password has this hash. */
const nobody: PasswordRecord = {
  principal: '',
  ...COST,
  salt: Buffer.alloc(16).toString('base64'),
  hash: Buffer.alloc(HASH_BYTES).toString('base64'),
  created: 0,
}

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem: MOST_MEMORY }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}
