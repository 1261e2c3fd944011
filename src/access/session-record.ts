import { z } from 'zod'
import type { StateEntry } from '../state/index.js'

/** The proof of a session, which is over when the proof is no longer valid. Contains no secret. */
export interface Proof {
  /** `token`, `password`, `oidc`, `certificate`, or a way of one face. */
  readonly way: string
  /** Which token, password … it was. */
  readonly id: string
  /** µs since the epoch; after that it is not valid. */
  readonly until?: number
}

const micros = z.number().min(0)

const schema = z.object({
  principal: z.string(),
  /** Absent: the principal alone. */
  proof: z.object({ way: z.string(), id: z.string(), until: micros.optional() }).optional(),
  /** Address of the peer that has logged in. */
  address: z.string(),
  /** A text that only the secret of the session opens. */
  sealed: z.string().optional(),
  /** Times, µs since the epoch. */
  started: micros,
  used: micros,
  until: micros.optional(),
})

/** A session as it is stored, under the hash of its secret. */
export type SessionRecord = z.output<typeof schema>

export function encodeSession(record: SessionRecord): Uint8Array {
  return Buffer.from(JSON.stringify(record))
}

/** Throws if the value is no record of a session. */
export function decodeSession({ value }: Pick<StateEntry, 'value'>): SessionRecord {
  return schema.parse(JSON.parse(Buffer.from(value).toString()))
}
