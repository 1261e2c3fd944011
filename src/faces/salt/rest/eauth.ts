import { createHash, timingSafeEqual } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Attempts } from '../../../access/attempts.js'
import type { Identity } from '../../../access/identify.js'
import { TocsinError } from '../../../event/errors.js'
import type { RestOptions } from './context.js'
import type { EauthSettings, UserMap } from './settings.js'

/** What somebody shows at `/login` and `/token`. */
export interface EauthCredentials {
  username: string
  password: string
  eauth: string
}

export interface EauthOptions extends Pick<RestOptions, 'identify' | 'find' | 'runtime' | 'refused'> {
  settings: EauthSettings
}

const LARGEST_FILE = 2 ** 20

/** Who somebody is, by the backend that he names; each user is a principal of the hub, whose rights count. */
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
    this.#attempts.check(address)
    return (
      (await this.#byBackend(shown).catch((error) => this.#unreadable(error, address))) ??
      this.#attempts.fail(address)
    )
  }

  async #byBackend({ username, password, eauth }: EauthCredentials): Promise<Identity | undefined> {
    const { file, sharedsecret } = this.#options.settings
    if (eauth === 'file' && file !== undefined) {
      const line = await lineOf(username, file)
      return line !== undefined && isPassword(password, line, file.hashtype)
        ? this.#principalOf(username, file.users)
        : undefined
    }
    if (eauth === 'sharedsecret' && sharedsecret !== undefined) {
      const secret = (await readText(sharedsecret.filename)).trim()
      return secret !== '' && isSame(password, secret)
        ? this.#principalOf(username, sharedsecret.users)
        : undefined
    }
    return undefined
  }

  /** Which file it is, and why it cannot be read, is nobody's business outside. */
  #unreadable(error: unknown, address: string | undefined): never {
    const { refused } = this.#options
    if (TocsinError.is(error))
      refused(error, { principal: undefined, listener: `salt-api ${address ?? ''}`.trimEnd() })
    throw new TocsinError('TCN_INTERNAL', undefined, { cause: error })
  }

  #principalOf(user: string, users: UserMap): Identity | undefined {
    const name = Object.hasOwn(users, user) ? users[user] : users['*']
    const principal = name === undefined ? undefined : this.#options.find(name)
    return principal === undefined ? undefined : { principal }
  }
}

type FileSettings = NonNullable<EauthSettings['file']>

/** What stands behind `user:`. */
async function lineOf(user: string, { filename, separator }: FileSettings): Promise<string | undefined> {
  const text = await readText(filename)
  const prefix = user + separator
  const line = text.split(/\r?\n/).find((each) => each.startsWith(prefix))
  return line?.slice(prefix.length).split(separator, 1)[0].trim()
}

function isPassword(password: string, kept: string, hashtype: FileSettings['hashtype']): boolean {
  if (hashtype === 'plaintext') return kept !== '' && isSame(password, kept)
  return isSame(createHash(hashtype).update(password).digest('hex'), kept.toLowerCase())
}

/** In a time that tells nothing. */
function isSame(shown: string, kept: string): boolean {
  const [a, b] = [shown, kept].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(a, b)
}

/** Read each time, so that a change counts at once. Rejects with TCN_SALT_EAUTH_FILE. */
async function readText(filename: string): Promise<string> {
  try {
    await using file = await open(filename)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LARGEST_FILE), 0, LARGEST_FILE)
    return buffer.toString('utf8', 0, bytesRead)
  } catch (error) {
    throw new TocsinError('TCN_SALT_EAUTH_FILE', `${filename}: ${(error as Error).message}`, { cause: error })
  }
}
