import { kindOf } from './kinds.js'
import type { NcsNotification } from './notification.js'
import { isStreamBody, streamEvent } from './stream-values.js'

/** The keys that a reader expects: those of NSO, or the older ones of ConfD. */
export type NcsModule = 'ncs' | 'confd'

type Body = Readonly<Record<string, unknown>>

/** Makes a notification of the body of an event. Returns undefined for a type that there is not. */
export function notificationOf(
  type: number,
  body: Body,
  module: NcsModule = 'ncs',
): NcsNotification | undefined {
  const kind = kindOf(type)
  if (kind === undefined) return undefined
  const { key } = kind
  if (key === undefined) return { type } as NcsNotification
  const convert = module === 'confd' ? (olderKeys[key] ?? bothSpellings[key]) : bothSpellings[key]
  return { type, [key]: convert?.(body, type) ?? { ...body } } as NcsNotification
}

type Convert = (body: Body, type: number) => Body | undefined

/** Keys that the vendor's documents and its programs spell differently. */
const bothSpellings: Record<string, Convert> = {
  hnot: (body) => copyKeys(body, { cdb_initialized_by_copy: 'cb_initialized_by_copy' }),
  stream: (body) => (isStreamBody(body) ? streamEvent(body) : copyKeys(body, { replay_error: 'error' })),
}

const olderKeys: Record<string, Convert> = {
  hnot: (body) =>
    copyKeys(body, {
      noprimary: 'nomaster',
      secondary_died: 'slave_died',
      secondary_arrived: 'slave_arrived',
      cdb_initialized_by_copy: 'cb_initialized_by_copy',
      besecondary_result: 'beslave_result',
    }),
  progress: (body) => ({ ...body, database: body.datastore, thandle: body.tid }),
}

function copyKeys(body: Body, copies: Record<string, string>): Body {
  const copied: Record<string, unknown> = { ...body }
  for (const [from, to] of Object.entries(copies)) if (body[from] !== undefined) copied[to] = body[from]
  return copied
}

/**
 * A notification without its inner dictionary, as the keys stand in the vendor's documents. The outer `type` stays, and an
 * inner one becomes `sub_type`.
 */
export type FlatNotification = { readonly type: number; readonly [key: string]: unknown }

/**
 * Moves the keys of the inner dictionary beside the type.
 *
 * @example
 * flatten({ type: NOTIF_AUDIT, audit: { logno: 1, user: 'ann', msg: 'logged in', usid: 12 } })
 * // { type: 1, logno: 1, user: 'ann', msg: 'logged in', usid: 12 }
 */
export function flatten(notification: NcsNotification): FlatNotification {
  const { type, ...rest } = notification
  const [payload = {}] = Object.values(rest) as Body[]
  const { type: subType, ...keys } = payload
  return subType === undefined ? { type, ...keys } : { type, sub_type: subType, ...keys }
}
