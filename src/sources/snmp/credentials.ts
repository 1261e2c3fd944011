import { createHash, timingSafeEqual } from 'node:crypto'
import { readSmallFile } from '../../config/secret-file.js'
import type { SnmpConfig, SnmpUser } from './config.js'
import type { Header, UserHeader } from './header.js'
import { SignatureCheck } from './signature.js'

const MAX_COMMUNITIES = 1_000
/** RFC 3414, section 11.2. */
const MIN_PASSPHRASE = 8

/** Why a message is refused. */
export type Refusal = 'community' | 'user' | 'protection' | 'signature'

/** A user with what is in the files. */
export interface KnownUser extends SnmpUser {
  authKey?: string
  privKey?: string
}

/** The contents of the files that the configuration names. */
export interface Secrets {
  communities: string[]
  users: KnownUser[]
}

/** Reads the files. Rejects if one cannot be used, and never says what is in it. */
export async function readSecrets({
  communityFile,
  users,
}: Pick<SnmpConfig, 'communityFile' | 'users'>): Promise<Secrets> {
  return {
    communities: communityFile === undefined ? [] : await communitiesOf(communityFile),
    users: await Promise.all(users.map(knownUser)),
  }
}

/** Tells whose messages are accepted. */
export class Credentials {
  readonly #communities: Buffer[]
  readonly #users: Map<string, { user: KnownUser; check?: SignatureCheck }>

  constructor({ communities, users }: Secrets) {
    this.#communities = communities.map(digest)
    this.#users = new Map(
      users.map((user) => {
        const { auth, authKey } = user
        const check = auth && authKey !== undefined ? new SignatureCheck(auth, authKey) : undefined
        return [user.name, { user, check }]
      }),
    )
  }

  /** Returns why a message is refused; undefined if it is accepted. */
  refusal(header: Header, message: Buffer): Refusal | undefined {
    if (header.version === 'v3') return this.#refusalOfUser(header, message)
    const given = digest(header.community)
    // Every community is compared, so that the time says nothing.
    const matches = this.#communities.filter((known) => timingSafeEqual(known, given))
    return matches.length > 0 ? undefined : 'community'
  }

  #refusalOfUser(header: UserHeader, message: Buffer): Refusal | undefined {
    const known = this.#users.get(header.user)
    if (known === undefined) return 'user'
    const { user, check } = known
    const isProtected =
      header.isAuthenticated === (user.auth !== undefined) && header.isEncrypted === (user.priv !== undefined)
    if (!isProtected) return 'protection'
    if (check === undefined || check.isRight(message, header.engineId, header.signature)) return undefined
    return 'signature'
  }
}

async function communitiesOf(file: string): Promise<string[]> {
  const lines = (await readSmallFile(file)).split('\n').map((line) => line.trim())
  const communities = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (communities.length === 0) throw new Error(`${file} has no community`)
  if (communities.length > MAX_COMMUNITIES)
    throw new Error(`${file} has more than ${MAX_COMMUNITIES} communities`)
  return communities
}

async function knownUser(user: SnmpUser): Promise<KnownUser> {
  const [authKey, privKey] = await Promise.all([user.authFile, user.privFile].map(passphrase))
  return { ...user, authKey, privKey }
}

async function passphrase(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  const text = (await readSmallFile(file)).trim()
  if (text.length < MIN_PASSPHRASE)
    throw new Error(`${file} has a passphrase of less than ${MIN_PASSPHRASE} characters`)
  return text
}

/** Texts of any length become comparable in constant time. */
function digest(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest()
}
