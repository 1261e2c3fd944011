import { createHash } from 'node:crypto'
import { Attempts } from '../../../access/attempts.js'
import type { Credentials, Identify, Identity } from '../../../access/identify.js'
import { isSameText } from '../../../access/secret.js'
import type { Proof } from '../../../access/session-record.js'
import type { Principal } from '../../../bus/principal.js'
import { readConfigured } from '../../../config/secret-file.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'

/** The principal of each user of a backend; `*` stands for all other users. */
export type UserMap = Readonly<Record<string, string>>

export interface EauthSettings {
  /** Values of `eauth` for which the user names and passwords of the hub's own principals are used. */
  principals: readonly string[]
  file?: {
    filename: string
    hashtype: 'plaintext' | 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'
    separator: string
    users: UserMap
  }
  sharedsecret?: { filename: string; users: UserMap }
}

/** The credentials that a client sends to `/login` and `/token`. */
export interface EauthCredentials {
  username: string
  password: string
  eauth: string
}

export interface EauthOptions {
  identify: Identify
  runtime: Runtime
  settings: EauthSettings
  find(principal: string): Principal | undefined
  /** Reports a login that a backend of Salt refused. */
  loginRefused?(credentials: Credentials, error: TocsinError): void
  /** Reports an error that only the operator may see. */
  refused(error: TocsinError, peer: { principal: undefined; listener: string }): void
}

const backends = ['file', 'sharedsecret'] as const
type Backend = (typeof backends)[number]

/** Identifies users with the backend that they name. Each user is a principal of the hub and has its rights. */
export class Eauth {
  readonly #options: EauthOptions
  readonly #attempts: Attempts

  constructor(options: EauthOptions) {
    this.#options = options
    this.#attempts = new Attempts(options.runtime)
  }

  /** Rejects with TCN_ACCESS_TOKEN, or TCN_ACCESS_TRIES after too many failures from this address. */
  async identify(shown: EauthCredentials, address: string | undefined): Promise<Identity> {
    const { settings, identify } = this.#options
    const { username: user, password, eauth } = shown
    if (settings.principals.includes(eauth)) return identify({ user, password, address })
    try {
      this.#attempts.check(address)
      return (
        (await this.#byBackend(shown).catch((error) => this.#unreadable(error, address))) ??
        this.#attempts.fail(address)
      )
    } catch (error) {
      if (TocsinError.is(error)) this.#options.loginRefused?.({ user, address }, error)
      throw error
    }
  }

  /** Identifies a user who has logged in with a backend before, as which principal the configuration says now. */
  resume(name: string, proof: Proof | undefined): Identity | undefined {
    if (proof === undefined) return undefined
    const backend = backends.find((each) => proof.way === `salt/${each}`)
    const identity = backend && this.#principalOf(backend, proof.id)
    return identity?.principal.name === name ? identity : undefined
  }

  async #byBackend({ username, password, eauth }: EauthCredentials): Promise<Identity | undefined> {
    const { file, sharedsecret } = this.#options.settings
    if (eauth === 'file' && file !== undefined) {
      const line = await lineOf(username, file)
      return line !== undefined && isPassword(password, line, file.hashtype)
        ? this.#principalOf('file', username)
        : undefined
    }
    if (eauth === 'sharedsecret' && sharedsecret !== undefined) {
      const secret = (await readText(sharedsecret.filename)).trim()
      return secret !== '' && isSameText(password, secret)
        ? this.#principalOf('sharedsecret', username)
        : undefined
    }
    return undefined
  }

  /** Reports the error to the operator only: a client must not learn which file it is and why it cannot be read. */
  #unreadable(error: unknown, address: string | undefined): never {
    const { refused } = this.#options
    if (TocsinError.is(error))
      refused(error, { principal: undefined, listener: `salt-api ${address ?? ''}`.trimEnd() })
    throw new TocsinError('TCN_INTERNAL', undefined, { cause: error })
  }

  #principalOf(backend: Backend, user: string): Identity | undefined {
    const users: UserMap = this.#options.settings[backend]?.users ?? {}
    const name = Object.hasOwn(users, user) ? users[user] : users['*']
    const principal = name === undefined ? undefined : this.#options.find(name)
    return principal && { principal, proof: { way: `salt/${backend}`, id: user } }
  }
}

type FileSettings = NonNullable<EauthSettings['file']>

/** Returns the field after `user:` in the user's line. */
async function lineOf(user: string, { filename, separator }: FileSettings): Promise<string | undefined> {
  const text = await readText(filename)
  const prefix = user + separator
  const line = text.split(/\r?\n/).find((each) => each.startsWith(prefix))
  return line?.slice(prefix.length).split(separator, 1)[0].trim()
}

function isPassword(password: string, stored: string, hashtype: FileSettings['hashtype']): boolean {
  if (hashtype === 'plaintext') return stored !== '' && isSameText(password, stored)
  return isSameText(createHash(hashtype).update(password).digest('hex'), stored.toLowerCase())
}

/** Reads the file each time, so that a change takes effect at once. Rejects with TCN_SALT_EAUTH_FILE. */
async function readText(filename: string): Promise<string> {
  try {
    return readConfigured(filename).toString()
  } catch (error) {
    throw new TocsinError('TCN_SALT_EAUTH_FILE', `${filename}: ${messageOf(error)}`, { cause: error })
  }
}
