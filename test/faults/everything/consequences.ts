import type { Client, Event } from '../../../src/client/index.js'
import type { RuleInfo } from '../../../src/methods/contract/index.js'
import { difference, numberOf, Pacer, type Part, type Scene, type StoredEvents } from './part.js'

const atMost = { count: 1_000_000 }
const DAY = '1d'
const WINDOW_S = 2
const GROUPED = 3
const COUNTED = 7

const fire = (tag: string) => ({ tag, data: { n: `\${data.n}` } })

/** Rules of every kind, on events that are published steadily. */
const RULES = {
  each: { filter: 'pace/', fire: fire('made/each'), atMost },
  counted: {
    filter: 'pace/',
    after: { count: COUNTED, within: DAY },
    fire: fire('made/counted'),
    atMost,
  },
  window: {
    filter: 'pace/',
    by: 'data.group',
    after: { count: GROUPED, within: `${WINDOW_S}s` },
    fire: fire('made/window'),
    atMost,
  },
  once: { filter: 'pace/', by: 'data.group', onceWithin: DAY, fire: fire('made/once'), atMost },
  silent: {
    filter: 'pace/slow',
    by: 'data.n',
    unlessFollowedBy: { filter: 'pace/never', within: '1s' },
    fire: fire('made/silent'),
    atMost,
  },
  sequence: {
    filter: 'pace/slow',
    unlessFollowedBy: { filter: 'pace/job', within: DAY },
    fire: fire('made/never'),
    atMost,
  },
  chained: { filter: 'made/counted', fire: fire('made/chained'), atMost },
}

/** Every tenth of these events is slow, and every fiftieth has a job. */
export function paceTag(n: number): string {
  return n % 50 === 0 ? 'pace/job' : n % 10 === 0 ? 'pace/slow' : 'pace/fast'
}

/** Events that are published steadily: each is stored once, and each rule acts on it exactly once. */
export class Consequences implements Part {
  readonly config = { rules: RULES }
  readonly #pacer: Pacer

  constructor(scene: Scene) {
    this.#pacer = new Pacer(scene, 'pacer', paceTag)
  }

  begin(): Promise<void> {
    return this.#pacer.begin()
  }

  stop(): Promise<void> {
    return this.#pacer.stop()
  }

  async check(log: StoredEvents, client: Client): Promise<string[]> {
    const { rules } = await client.request<{ rules: RuleInfo[] }>('rules.list')
    const events = log.of('pace/')
    const numbers = events.map(numberOf)
    const counted = numbers.filter((_, at) => at % COUNTED === COUNTED - 1)
    const slow = log.numbers('pace/slow')
    return [
      ...rules
        .filter(({ state, failed }) => state !== 'up' || failed > 0)
        .map((rule) => `rule ${JSON.stringify(rule)}`),
      ...difference(
        'pace',
        numbers,
        Array.from({ length: this.#pacer.sent }, (_, i) => i + 1),
      ),
      ...difference('each', log.numbers('made/each'), numbers),
      ...difference('counted', log.numbers('made/counted'), counted),
      ...difference('chained', log.numbers('made/chained'), counted),
      ...difference('window', log.numbers('made/window'), lastOfWindows(events)),
      ...difference('once', log.numbers('made/once'), numbers.slice(0, 10)),
      ...difference('silent', log.numbers('made/silent'), slow),
      ...difference('sequence', log.numbers('made/never'), []),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The events with which a group has enough of them in time. */
function lastOfWindows(events: readonly Event[]): number[] {
  const groups = new Map<number, number[]>()
  const last: number[] = []
  for (const event of events) {
    const { group } = event.data as { group: number }
    const since = event.time - WINDOW_S * 1e6
    const times = [...(groups.get(group) ?? []).filter((time) => time > since), event.time]
    if (times.length === GROUPED) last.push(numberOf(event))
    groups.set(group, times.length === GROUPED ? [] : times)
  }
  return last
}
