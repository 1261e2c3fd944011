import * as events from './events.js'

/** Bits that ask for something else than a type of their own, and so are never the type of a notification. */
export const MODIFIERS =
  (events.NOTIF_AUDIT_SYNC |
    events.NOTIF_HA_INFO_SYNC |
    events.NCS_NOTIF_AUDIT_NETWORK_SYNC |
    events.NOTIF_TAKEOVER_SYSLOG) >>>
  0

/** Notifications that are made for one subscriber and never logged. */
export const PER_SUBSCRIBER =
  (events.NOTIF_HEARTBEAT | events.NOTIF_HEALTH_CHECK | events.NOTIF_STREAM_EVENT) >>> 0

/** The bits of a mask whose notifications are events of the log. */
export function loggedIn(mask: number): number {
  return (mask & ~MODIFIERS & ~PER_SUBSCRIBER) >>> 0
}

/** Names of the bits, without `NOTIF_` and `NCS_NOTIF_`. */
const bits = new Map(
  Object.entries(events)
    .map(([name, value]) => [shortName(name), value] as const)
    .filter(([name]) => name !== undefined) as [string, number][],
)

function shortName(name: string): string | undefined {
  return /^(?:NCS_)?NOTIF_(?!COMMIT_FLAG_)(.*)$/.exec(name)?.[1]
}

/**
 * Joins bits to a mask. `|` alone makes bit 31 negative.
 *
 * @example
 * maskOf(NOTIF_AUDIT, NOTIF_SYSTEM_GOING_DOWN) // 2147483649
 */
export function maskOf(...types: readonly number[]): number {
  return types.reduce((mask, type) => (mask | type) >>> 0, 0)
}

/** The type under which a subscriber with this mask gets an event: the lowest bit that it asked for; 0 for none. */
export function typeFor(kind: number, mask: number): number {
  const common = kind & mask & ~MODIFIERS
  return (common & -common) >>> 0
}

/**
 * The names of the bits of a mask, such as `['AUDIT', 'COMMIT_DIFF']`; a bit without a name as a number.
 *
 * @example
 * maskNames(NOTIF_AUDIT | NOTIF_HA_INFO) // ['AUDIT', 'HA_INFO']
 */
export function maskNames(mask: number): string[] {
  return Array.from({ length: 32 }, (_, bit) => (1 << bit) >>> 0)
    .filter((bit) => (mask & bit) !== 0)
    .map((bit) => [...bits].find(([, value]) => value === bit)?.[0] ?? `0x${bit.toString(16)}`)
}

/**
 * Reads a name with or without its prefix; returns undefined for one that is none.
 *
 * @example
 * bitOf('NOTIF_HA_INFO') // 64
 * bitOf('LUNCH') // undefined
 */
export function bitOf(name: string): number | undefined {
  const upper = name
    .trim()
    .toUpperCase()
    .replace(/^CONFD_/, '')
  return bits.get(shortName(upper) ?? upper)
}
