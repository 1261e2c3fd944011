import type { ErrorCode } from '../../errors/catalogue.js'
import { catalogue, TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { refusalOf } from './api-errors.js'
import { answerOf } from './jetstream-api.js'
import { NatsFault } from './nats-fault.js'
import type { RawMessage } from './raw-message.js'

/** Errors of the library, by the names of their classes. */
const BY_NAME: Readonly<Record<string, ErrorCode>> = {
  AuthorizationError: 'TCN_NATS_LOGIN',
  UserAuthenticationExpiredError: 'TCN_NATS_LOGIN',
  PermissionViolationError: 'TCN_NATS_PERMISSION',
}

/** Answers of servers to a connection, by their text, with the setting behind them. */
const BY_TEXT: readonly (readonly [text: RegExp, code: ErrorCode, setting: string])[] = [
  [/maximum (?:account active )?connections exceeded/i, 'TCN_NATS_LIMIT', 'max_connections'],
]

const BY_KIND: Readonly<Record<NatsFault['kind'], ErrorCode>> = {
  unreachable: 'TCN_NATS_UNREACHABLE',
  refused: 'TCN_NATS_REFUSED',
}

/** Turns what a request to NATS has thrown into the error that says what to do. */
export function toNatsError(thrown: unknown): TocsinError {
  if (TocsinError.is(thrown) || !NatsFault.is(thrown)) return toTocsinError(thrown, 'TCN_NATS_UNREACHABLE')
  const { code, setting } = meaningOf(thrown)
  const named = setting === '' ? '' : ` (${setting})`
  return new TocsinError(code, `${catalogue[code].summary}: ${thrown.message}${named}`, { cause: thrown })
}

function meaningOf({ number, message, library, kind }: NatsFault): { code: ErrorCode; setting: string } {
  const byText = BY_TEXT.find(([text]) => text.test(message))
  if (byText !== undefined) return { code: byText[1], setting: byText[2] }
  return refusalOf(number) ?? { code: BY_NAME[library] ?? BY_KIND[kind], setting: '' }
}

/** Returns the error if the answer to a published message says that there is no room for it, or for any other. */
export function fullError(answer: RawMessage): TocsinError | undefined {
  try {
    answerOf(answer)
  } catch (thrown) {
    const error = toNatsError(thrown)
    if (error.code === 'TCN_NATS_FULL') return error
  }
  return undefined
}

/** Resolves with what was asked for, or rejects with the error that says what to do. */
export async function guarded<Result>(asked: Promise<Result>): Promise<Result> {
  try {
    return await asked
  } catch (thrown) {
    throw toNatsError(thrown)
  }
}
