import { z } from 'zod'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Hello } from '../../../protocols/native/protocol.js'
import {
  NOTIF_HEALTH_CHECK,
  NOTIF_HEARTBEAT,
  NOTIF_STREAM_EVENT,
} from '../../../protocols/ncs/constants/events.js'

/** The least time between two beats, ms; a shorter one is raised to it. */
export const MIN_INTERVAL = 1000
const MAX_INTERVAL = 2 ** 31 - 1

const interval = z.int().min(0).max(MAX_INTERVAL)
/** Read later, with an error of its own. */
const time = z.string().max(64)

const request = z
  .object({
    /** 0 asks for no notification, as the example program of the vendor does without a flag. */
    mask: z.int().min(0).max(0xffff_ffff),
    heartbeat: interval.optional(),
    health: interval.optional(),
    stream: z.string().min(1).max(128).optional(),
    start: time.optional(),
    stop: time.optional(),
    xpath: z.string().max(4096).optional(),
    usid: z.int().min(0).optional(),
    verbosity: z.int().min(0).max(3).default(0),
    lag: z.enum(['catch-up', 'skip', 'disconnect']).optional(),
  })
  .refine(({ mask, heartbeat }) => (mask & NOTIF_HEARTBEAT) === 0 || heartbeat !== undefined, {
    error: 'NOTIF_HEARTBEAT needs `heartbeat`',
  })
  .refine(({ mask, health }) => (mask & NOTIF_HEALTH_CHECK) === 0 || health !== undefined, {
    error: 'NOTIF_HEALTH_CHECK needs `health`',
  })
  .refine(({ mask, stream }) => (mask & NOTIF_STREAM_EVENT) === 0 || stream !== undefined, {
    error: 'NOTIF_STREAM_EVENT needs `stream`',
  })

/** The subscription of a notification socket. Without `lag`, one that does not read is closed. */
export type NcsRequest = z.output<typeof request>

/** Undefined for a hello without the feature `ncs`. Throws TCN_PROTOCOL_BODY. */
export function readNcsRequest({ features, ncs }: Hello): NcsRequest | undefined {
  if (ncs === undefined || features?.includes('ncs') !== true) return undefined
  const result = request.safeParse(ncs)
  if (result.success) return result.data
  const [{ path, message }] = result.error.issues
  throw new TocsinError('TCN_PROTOCOL_BODY', `hello: ${['ncs', ...path].join('.')}: ${message}`)
}
