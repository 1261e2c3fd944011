import { formatTime } from '../event/position.js'
import type { Retention } from '../log/event-log.js'
import type { NatsLink } from '../storage/nats/link.js'
import { formatBytes, formatCount, formatSpan } from '../types/figures.js'
import type { Member } from './members.js'
import type { Servers } from './servers.js'

/** A clock that is off by more is named, µs. The message of a hub takes a while too. */
const MAX_AHEAD = 2e6

/** Returns notes for the operator about the hubs. */
export function memberNotes(members: readonly Member[]): string[] {
  return [
    ...namesakes(members),
    ...members.filter(isOff).map(clockNote),
    ...retentionNote(members),
    ...members.filter(({ address }) => address === undefined).map(addressNote),
  ]
}

/** Returns advice for the operator about the servers that store the log. */
export function serverNotes({
  followers,
  unled,
  limits = [],
}: Pick<Servers, 'followers' | 'unled' | 'limits'>): string[] {
  if (unled !== undefined)
    return [
      `none of the NATS servers ${unled.join(', ')} leads the stream of the log: let more than half of them run and reach each other`,
    ]
  const offline = followers.filter(({ state }) => state === 'offline')
  return [
    ...limits,
    ...offline.map(
      ({ name }) => `the NATS server ${name} is offline: start it again; until it is back, lose no other`,
    ),
  ]
}

/** Returns advice about the certificate of the server of NATS to which a hub is connected. `now`: µs since the epoch. */
export function certificateNotes(
  { server, certificateEnds }: Pick<NatsLink, 'server' | 'certificateEnds'>,
  now: number,
): string[] {
  if (certificateEnds === undefined || certificateEnds - now > SOON) return []
  const when = formatTime(certificateEnds)
  const ends = certificateEnds > now ? `expires at ${when}` : `has expired at ${when}`
  return [`the certificate of the NATS server ${server} ${ends}: renew it, and reload the server`]
}

/** Returns the retention of hubs that disagree: no event is removed that one of them is to keep. */
export function widestRetention([first, ...others]: readonly Retention[]): Retention {
  const widest = { ...first }
  for (const other of others)
    for (const limit of LIMITS) {
      const [one, two] = [widest[limit], other[limit]]
      widest[limit] = one === undefined || two === undefined ? undefined : Math.max(one, two)
    }
  return widest
}

/** Time before the end of a certificate at which it is named, µs. */
const SOON = 14 * 86_400e6
const LIMITS = ['age', 'bytes', 'count'] as const

function namesakes(members: readonly Member[]): string[] {
  const names = members.map(({ name }) => name)
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at))
  return [...twice].map((name) => `several hubs have the name ${name}: give each a cluster.name of its own`)
}

function isOff({ ahead = 0 }: Member): boolean {
  return Math.abs(ahead) > MAX_AHEAD
}

function clockNote({ name, ahead = 0 }: Member): string {
  const way = ahead > 0 ? 'ahead of' : 'behind'
  return `the clock of ${name} is ${formatSpan(Math.abs(ahead))} ${way} that of NATS: set it by NTP, since ages are measured by it`
}

function retentionNote(members: readonly Member[]): string[] {
  const told = members.filter(({ retention }) => retention !== undefined)
  const texts = told.map(({ name, retention = {} }) => `${name} ${keeping(retention)}`)
  const isSame = new Set(told.map(({ retention = {} }) => keeping(retention))).size < 2
  if (isSame) return []
  return [
    `log.retention differs between hubs (${texts.join(', ')}): events are kept for as long as any of them says`,
  ]
}

function keeping({ age, bytes, count }: Retention): string {
  const limits = [
    age !== undefined && formatSpan(age),
    bytes !== undefined && formatBytes(bytes),
    count !== undefined && `${formatCount(count)} events`,
  ].filter((limit) => limit !== false)
  return limits.length === 0 ? 'keeps all' : `keeps ${limits.join(' and ')}`
}

function addressNote({ name }: Member): string {
  return `${name} has no cluster.address: other hubs cannot send clients to it for the durable consumers that it serves`
}
