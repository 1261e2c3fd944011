import { TocsinError } from '../../../errors/tocsin-error.js'
import { own } from '../../../event/json/object.js'
import { SysadmKey } from './login-key.js'
import { textIn } from './message.js'

/** The means to log in. Over a bridge only a key is accepted. */
export type SysadmLogin =
  | { username: string; password: string }
  | { token: string }
  /** The private key: a `SysadmKey`, or the text of its PEM file. */
  | { key: SysadmKey | string }

export interface LoginContext {
  /** Asks `rpc`. */
  ask(name: string, args: unknown): Promise<unknown>
  /** Present if the server is behind a bridge. */
  wrap?: () => void
}

/** Returns the key of a login; undefined if it is by other means. Throws TCN_SYSADM_KEY. */
export function keyOf(login: SysadmLogin): SysadmKey | undefined {
  return 'key' in login ? toKey(login.key) : undefined
}

/** Throws TCN_SYSADM_KEY. */
export function toKey(key: SysadmKey | string): SysadmKey {
  return key instanceof SysadmKey ? key : new SysadmKey(key)
}

/** Resolves with the token. Rejects with TCN_SYSADM_LOGIN if the server refuses, or the errors of a request. */
export async function logIn(login: SysadmLogin, context: LoginContext): Promise<string> {
  const key = keyOf(login)
  try {
    if (key !== undefined) return await byKey(key, context)
    if (context.wrap !== undefined)
      throw new TocsinError('TCN_SYSADM_LOGIN', 'over a bridge only a key is accepted')
    if ('token' in login) return tokenIn(await context.ask('auth_token', { token: login.token }))
    const { username, password } = login as { username: string; password: string }
    return tokenIn(await context.ask('auth', { username, password }))
  } catch (error) {
    if (!TocsinError.is(error, 'TCN_SYSADM_REFUSED')) throw error
    throw new TocsinError('TCN_SYSADM_LOGIN', error.message, { cause: error, details: error.details })
  }
}

async function byKey(key: SysadmKey, { ask, wrap }: LoginContext): Promise<string> {
  const answer = await ask('auth_ssl', wrap === undefined ? '' : { md5_key: key.checksum })
  const testString = testStringIn(answer, wrap)
  return tokenIn(await ask('auth_ssl', { encrypted_string: key.encrypt(testString) }))
}

/** A server behind a bridge that sends a key of its own wants base64 from then on, and has sent its text in it. */
function testStringIn(answer: unknown, wrap: (() => void) | undefined): string {
  const text = textIn(answer, 'test_string')
  if (text === '') throw new TocsinError('TCN_SYSADM_ANSWER', 'the server sent no test string')
  if (wrap === undefined || own(answer, 'new_ssl_key') === undefined) return text
  wrap()
  return Buffer.from(text, 'base64').toString('latin1')
}

function tokenIn(answer: unknown): string {
  const [token] = Array.isArray(answer) && answer.length >= 2 ? answer : []
  if (typeof token === 'string' && token !== '') return token
  throw new TocsinError('TCN_SYSADM_ANSWER', 'the server sent no token')
}
