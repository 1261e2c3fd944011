import { z } from 'zod'
import { messageOf } from '../../../errors/thrown.js'

/**
 * The lines between a hub and the program that reads from NSO with the vendor's module (`tocsin.ncs.attach` in Python,
 * which describes them). Each is one object in JSON.
 */

const name = z.string().min(1).max(256)
const reason = z.string().max(1000)
/** When the program has read it from NSO, µs since the epoch. */
const at = z.int().min(0)
/** Until when the streams have been read, if that is no longer done. */
const streams = at.optional()

const line = z.union([
  z.strictObject({
    notification: z.record(z.string(), z.unknown()),
    at,
    streams,
    /** NSO waits until the hub names this number. */
    answer: z.int().min(1).optional(),
  }),
  z.strictObject({ stream: name, xml: z.string() }),
  z.strictObject({
    stream: name,
    over: z.enum(['replay', 'complete', 'failed']),
    at,
    reason: reason.optional(),
  }),
  z.strictObject({ alive: z.literal(true), at, streams }),
  z.strictObject({ unreadable: reason }),
  z.strictObject({ connected: z.strictObject({ unknown: z.array(name).max(64) }), at }),
  z.strictObject({ failed: reason }),
])
export type AttachedLine = z.output<typeof line>

/** Reads the object of a line of the program. One that makes no sense becomes a line that says so. */
export function readAttachedLine(value: unknown): AttachedLine {
  const { data, error } = line.safeParse(value)
  return data ?? unreadable(`a line of the program makes no sense: ${error.issues[0]?.message}`)
}

export function unreadable(why: unknown): AttachedLine {
  return { unreadable: messageOf(why).slice(0, 1000) }
}

/** The number with which the line of a notification begins that NSO waits for, whatever follows it. */
export function awaitedAnswer(line: Buffer): number | undefined {
  const [, number] = /^\{"answer":(\d{1,15}),/.exec(line.toString('latin1', 0, 32)) ?? []
  return number === undefined ? undefined : Number(number)
}

/** The settings with which the program begins. */
export interface AttachedSettings {
  readonly module: string
  readonly path?: string
  readonly port?: number
  /** Names of types and modifiers, such as `AUDIT_SYNC`. */
  readonly mask: readonly string[]
  readonly verbosity: number
  /** `start`: what has happened since then is sent again, RFC 3339. */
  readonly streams: readonly { readonly name: string; readonly filter?: string; readonly start?: string }[]
}

export function settingsLine(settings: AttachedSettings): string {
  return `${JSON.stringify(settings)}\n`
}

/**
 * Until a notification that NSO waits for is answered, ms: the program answers after 100 s itself, and NSO closes its
 * socket after 120 s.
 */
export const ANSWER_WITHIN_MS = 95_000

/** Lets NSO continue. */
export function answeredLine(answer: number): string {
  return `${JSON.stringify({ answered: answer })}\n`
}
