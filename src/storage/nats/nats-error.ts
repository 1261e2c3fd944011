import type { ErrorCode } from '../../errors/catalogue.js'
import { catalogue, TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { answerOf } from './jetstream-api.js'
import { NatsFault, Refusal } from './nats-fault.js'
import type { RawMessage } from './raw-message.js'

/** The errors for the numbers of JetStream. */
const BY_NUMBER = new Map<number, ErrorCode>([
  // The limit of the account, of the server, of its memory, for a new stream, and when a message is written.
  ...[Refusal.accountFull, Refusal.full, 10028, 10047, 10077].map(
    (number) => [number, 'TCN_NATS_FULL'] as const,
  ),
  ...[10039, Refusal.noJetStream].map((number) => [number, 'TCN_NATS_JETSTREAM'] as const),
  // No server left for a replica, an invalid setting, and replicas without a cluster.
  ...[10005, 10052, 10074].map((number) => [number, 'TCN_NATS_STREAM'] as const),
])

/** Errors of the library, by the names of their classes. */
const BY_NAME: Readonly<Record<string, ErrorCode>> = {
  AuthorizationError: 'TCN_NATS_LOGIN',
  UserAuthenticationExpiredError: 'TCN_NATS_LOGIN',
  PermissionViolationError: 'TCN_NATS_PERMISSION',
}

/** Turns what a request to NATS has thrown into the error that says what to do. */
export function toNatsError(thrown: unknown): TocsinError {
  if (TocsinError.is(thrown) || !NatsFault.is(thrown)) return toTocsinError(thrown, 'TCN_NATS_UNREACHABLE')
  const code = BY_NUMBER.get(thrown.number) ?? BY_NAME[thrown.library] ?? 'TCN_NATS_UNREACHABLE'
  return new TocsinError(code, `${catalogue[code].summary}: ${thrown.message}`, { cause: thrown })
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
