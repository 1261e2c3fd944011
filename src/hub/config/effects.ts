import type { KeyPath } from '../../config/problem.js'

/** When a changed key takes effect: at once, or at the next start. */
export type Effect = 'now' | 'restart'

/**
 * When a change of each key takes effect. A key belongs to the longest entry that it begins with, and a test finds keys
 * without one. `docs/reference/configuration.md` and `tocsin config diff` show what stands here.
 */
const effects: Readonly<Record<string, Effect>> = {
  // Parts of it are read once, at the start.
  profile: 'restart',
  process: 'restart',
  // The folder and the engine of the log are opened once.
  data: 'restart',
  log: 'restart',
  'log.retention': 'now',
  // Connections to other servers that are made once.
  nats: 'restart',
  cluster: 'restart',
  logging: 'now',
  // Clients are told it in their welcome, and split what they publish accordingly.
  'limits.frame': 'restart',
  'limits.tag': 'now',
  'limits.bodyDepth': 'now',
  'limits.queue': 'now',
  'limits.unflushed': 'now',
  'limits.catchUpPerTick': 'now',
  'limits.matchTime': 'now',
  'limits.producers': 'now',
  'limits.consumers': 'now',
  'limits.unacknowledged': 'now',
  'limits.gateDeadline': 'now',
  'limits.halfReceived': 'now',
  'limits.connections': 'now',
  'limits.requests': 'now',
  'limits.filtersPerSubscriber': 'now',
  'limits.unanchoredFilters': 'now',
  'limits.filterCost': 'now',
  'limits.http': 'now',
  listen: 'now',
  salt: 'now',
  sysadm: 'now',
  ncs: 'now',
  principals: 'now',
  oidc: 'now',
  streams: 'now',
  types: 'now',
  jobs: 'now',
  sources: 'now',
  upstreams: 'now',
  sinks: 'now',
  rules: 'now',
}

/** Returns when a change of the key takes effect; undefined if nobody has decided it. */
export function effectOf(path: KeyPath): Effect | undefined {
  const names = path.filter((part) => typeof part === 'string')
  for (let length = names.length; length > 0; length--) {
    const effect = effects[names.slice(0, length).join('.')]
    if (effect !== undefined) return effect
  }
  return undefined
}
