import { Chance } from './chance.js'
import type { DemoEvent, Simulated } from './demo-event.js'
import { highstate } from './highstate.js'
import {
  command,
  container,
  description,
  failedUnit,
  fileLine,
  journalEntry,
  kernelMessage,
  pod,
  snapshot,
  upgrade,
} from './host-stories.js'
import { logLine } from './log-lines.js'
import {
  alert,
  association,
  deviceAlarm,
  linkTraps,
  neighbour,
  routingPeer,
  sensor,
  syslogMessage,
  telemetry,
  webhook,
} from './network-stories.js'

interface Story {
  /** The share of these among all stories that begin, in percent. */
  weight: number
  tell(fleet: Simulated): DemoEvent[]
}

const SITES = ['ams', 'fra', 'lon', 'waw']
const ROLES = ['web', 'web', 'db', 'cache', 'edge']
/** Labels by globs of the names, as an operator configures them. */
export const HOST_LABELS = {
  ...Object.fromEntries(SITES.map((site) => [`*.${site}`, { site }])),
  ...Object.fromEntries(ROLES.map((role) => [`${role}*`, { role }])),
}
const APPS = ['shop', 'search', 'billing', 'mail', 'login']

/** A fleet whose events depend on nothing but its seed and its size. */
export class Fleet implements Simulated {
  readonly chance: Chance
  readonly hosts: readonly string[]
  /** Highstates so far, from which the ids of jobs are made. */
  jobs = 0
  readonly #waiting: DemoEvent[] = []

  readonly #seed: number

  constructor(seed: number, size: number) {
    this.#seed = seed
    this.chance = new Chance(seed)
    this.hosts = Array.from({ length: size }, (_, i) => {
      const role = ROLES[i % ROLES.length]
      return `${role}${String(Math.floor(i / ROLES.length) + 1).padStart(2, '0')}.${SITES[i % SITES.length]}`
    })
  }

  get host(): string {
    return this.chance.pick(this.hosts)
  }

  /** Each host describes itself, and so is known from the beginning. The other events do not depend on it. */
  *descriptions(): Generator<DemoEvent> {
    const chance = new Chance(this.#seed)
    for (const host of this.hosts) yield description(host, chance)
  }

  next(): DemoEvent {
    const { chance } = this
    // A story takes its time: what others report comes between its events.
    const between = this.#waiting.length > 0 && chance.happens(0.4) ? this.#waiting.shift() : undefined
    if (between !== undefined) return between
    const [first, ...rest] = this.#story().tell(this)
    this.#waiting.push(...rest)
    return first
  }

  #story(): Story {
    if (this.#waiting.length > 200) return stories[0]
    let left = this.chance.whole(1, 100)
    for (const story of stories) {
      left -= story.weight
      if (left <= 0) return story
    }
    return stories[0]
  }
}

const stories: readonly Story[] = [
  { weight: 36, tell: ({ host, chance }) => [logLine(host, chance)] },
  { weight: 10, tell: journalEntry },
  { weight: 8, tell: syslogMessage },
  { weight: 4, tell: deployment },
  { weight: 3, tell: flappingLink },
  { weight: 3, tell: highstate },
  { weight: 3, tell: association },
  { weight: 3, tell: kernelMessage },
  { weight: 3, tell: container },
  { weight: 2, tell: pod },
  { weight: 3, tell: command },
  { weight: 3, tell: fileLine },
  { weight: 3, tell: webhook },
  { weight: 3, tell: telemetry },
  { weight: 2, tell: sensor },
  { weight: 2, tell: failedUnit },
  { weight: 2, tell: upgrade },
  { weight: 2, tell: linkTraps },
  { weight: 1, tell: deviceAlarm },
  { weight: 1, tell: alert },
  { weight: 1, tell: snapshot },
  { weight: 1, tell: neighbour },
  { weight: 1, tell: routingPeer },
]

function deployment({ chance, hosts }: Simulated): DemoEvent[] {
  const app = chance.pick(APPS)
  const version = `${chance.whole(1, 4)}.${chance.whole(0, 20)}.${chance.whole(0, 9)}`
  const first = chance.whole(0, hosts.length - 1)
  const targets = hosts.slice(first, first + chance.whole(2, 5))
  const bad = chance.happens(0.25) ? targets.at(-1) : undefined
  const tell = (host: string, step: string, more: object = {}) => ({
    tag: `deploy/${app}/${host}/${step}`,
    data: { app, version, host, ...more },
  })
  return targets.flatMap((host) => [
    tell(host, 'started'),
    host === bad
      ? tell(host, 'failed', { severity: 'error', reason: 'health check: HTTP 503 after 30 s' })
      : tell(host, 'done', { seconds: chance.whole(4, 60) }),
  ])
}

function flappingLink({ chance, host }: Simulated): DemoEvent[] {
  const link = `eth${chance.whole(0, 3)}`
  return Array.from({ length: 2 * chance.whole(1, 5) }, (_, i) => {
    const state = i % 2 === 0 ? 'down' : 'up'
    return {
      tag: `net/${host}/${link}/${state}`,
      data: { host, link, state, severity: state === 'down' ? 'warning' : 'notice', flaps: i + 1 },
    }
  })
}
