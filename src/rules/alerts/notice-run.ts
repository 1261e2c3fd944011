import type { Event } from '../../event/event.js'
import { asFields } from '../../event/json/object.js'
import type { FilterInput } from '../../filter/index.js'
import { finished } from '../../incremental/steps.js'
import { TO_SINK } from '../../sinks/common-config.js'
import { chainOf, seqIn } from '../cause.js'
import { MOST_EVENTS } from '../made-events.js'
import { CAUSE, CHAIN, type Outcome, type RuleDefinition } from '../rule.js'
import { counterOf, noCounts } from '../rule-counters.js'
import type { EngineRun, EventNames, Meaning, Role, RuleSnapshot } from '../run.js'
import { GROUP_TAG, MAX_ALERTS, SILENCE_TAG, tagOfAlert, UNSILENCE_TAG } from './alert.js'
import { AlertRoutes, type NoticeRoute, type RouteDefinition } from './alert-routes.js'
import { Deadlines } from './deadlines.js'
import { groupNotice, withFacts } from './group-notice.js'
import type { AlertNotice, NoticeData } from './notice.js'
import { groupId, groupValues, type NoticeGrouping, NoticeGroups } from './notice-groups.js'
import { isNoticeData, type NoticeSnapshot, noticeFrom, noticeSnapshot } from './notice-record.js'
import { isSilence, MAX_SILENCES, type Silence, Silences } from './silence.js'

const MICROS = 1000
const NOTICES_A_STEP = 64
/** No rule of the configuration has such a name. */
export const NOTICES = '@alerts'

/** The definition of what tells sinks of alerts; undefined if no rule has any. */
export function noticesFor(
  rules: readonly RuleDefinition[],
  routes: readonly RouteDefinition[] = [],
): RuleDefinition | undefined {
  const own = rules.flatMap(({ name, sink, alert }) =>
    alert === undefined ? [] : [[name, { sink, repeat: alert.repeat }] as const],
  )
  if (own.length === 0) return undefined
  return {
    ...{ name: NOTICES, filter: FILTER, by: [], after: undefined, unless: undefined, once: undefined },
    ...{ atMost: { count: 0, within: 0 }, groups: 0, fire: undefined, sink: undefined, job: undefined },
    // Not visible in JSON: what is remembered is kept when routes change.
    notices: new AlertRoutes(new Map(own), routes),
  }
}

const FILTER: FilterInput = {
  all: [
    { prefix: { source: 'hub/' } },
    {
      any: [
        { glob: { tag: 'alert/*/firing' } },
        { glob: { tag: 'alert/*/resolved' } },
        { exact: { tag: SILENCE_TAG } },
        { exact: { tag: UNSILENCE_TAG } },
      ],
    },
  ],
}

/** Tells sinks of alerts, unless they are silenced. It is driven by events and their times as rules are. */
export class NoticeRun implements EngineRun {
  readonly name = NOTICES
  readonly definition: RuleDefinition
  readonly roles: readonly Role[] = [{ filter: FILTER, meaning: 'matches' }]
  readonly counters = noCounts()
  lastMatch = 0
  lastFired = 0
  readonly waiting = 0
  readonly held = 0
  readonly alertCount = 0
  readonly activeAlerts = 0
  readonly handles = undefined
  isChanged = false
  at = 0
  readonly #routes: AlertRoutes
  readonly #names: EventNames
  readonly #tell: (run: EngineRun, group: string, outcome: Outcome) => void
  readonly #silences = new Silences()
  readonly #notices = new Map<string, AlertNotice>()
  readonly #groups = new NoticeGroups()
  readonly #deadlines = new Deadlines()
  #leftOut: ReadonlySet<number> = new Set()
  #counter = 0

  constructor(
    definition: RuleDefinition,
    names: EventNames,
    tell: (run: EngineRun, group: string, outcome: Outcome) => void,
  ) {
    this.definition = definition
    this.#routes = definition.notices ?? new AlertRoutes(new Map(), [])
    this.#names = names
    this.#tell = tell
  }

  get groups(): number {
    return this.#notices.size + this.#silences.size
  }

  get nextDeadline(): number {
    return this.#deadlines.next
  }

  get silences(): readonly Silence[] {
    return this.#silences.all
  }

  *alerts(): Iterable<never> {}

  take(_meaning: Meaning, event: Event, now: number): void {
    const { tag, data } = event
    this.at = event.seq
    if (this.#leftOut.has(event.seq)) return
    this.isChanged = true
    this.lastMatch = now
    this.counters.matched++
    const cause = this.#names.cursorOf(event)
    if (tag === SILENCE_TAG) this.#silence(data)
    else if (tag === UNSILENCE_TAG) this.#endSilence(String(asFields(data).id), now, cause)
    else if (isNoticeData(data)) this.#changed(data, { now, cause, chain: chainOf(event) })
  }

  expire(time: number, hasTime: () => boolean = () => true): void {
    for (
      let first = this.#deadlines.first;
      first !== undefined && first[0] < time;
      first = this.#deadlines.first
    ) {
      const [due, key] = first
      this.isChanged = true
      this.#deadlines.delete(key)
      if (key.startsWith(SILENCE)) this.#endSilence(key.slice(SILENCE.length), due)
      else if (key.startsWith(GROUP)) this.#groupIsDue(key.slice(GROUP.length), due)
      else this.#isDue(key, due)
      if (!hasTime()) return
    }
  }

  leaveOut(seqs: readonly number[]): void {
    this.#leftOut = new Set(seqs)
  }

  snapshot(): RuleSnapshot {
    return finished(this.snapshotSteps())
  }

  *snapshotSteps(): Generator<undefined, RuleSnapshot> {
    const notices: NoticeSnapshot[] = []
    for (const notice of this.#notices.values())
      if (notices.push(noticeSnapshot(notice)) % NOTICES_A_STEP === 0) yield
    const { lastMatch, lastFired } = this
    return {
      ...{ groups: [], waiting: [], rate: [0, 0], counters: { ...this.counters }, lastMatch, lastFired },
      ...{ counter: this.#counter, notices, silences: this.#silences.all },
      noticeGroups: this.#groups.snapshot(),
    }
  }

  restore(snapshot: RuleSnapshot): void {
    Object.assign(this.counters, snapshot.counters)
    this.lastMatch = snapshot.lastMatch
    this.lastFired = snapshot.lastFired
    this.#counter = snapshot.counter ?? 0
    for (const silence of snapshot.silences ?? []) this.#addSilence(silence)
    for (const notice of snapshot.notices ?? []) this.#keep(noticeFrom(notice))
    for (const group of snapshot.noticeGroups ?? []) {
      this.#groups.restore(group)
      this.#watch(group[0])
    }
  }

  restoreAlerts(): void {}

  /** An alert has begun or ended. */
  #changed(data: NoticeData, cause: NoticeCause): void {
    const route = this.#routes.of(data)
    const known = this.#notices.get(data.key)
    if (route?.group !== undefined) {
      this.#changedInGroup({ data, known }, route, route.group, cause)
      return
    }
    if (data.status === 'resolved') this.#forget(data.key)
    if (route === undefined) return
    const isSilenced = this.#silences.covers(data, cause.now)
    if (data.status === 'resolved') {
      // A sink hears of the end only if it has heard of the begin.
      if (known?.isTold === false) this.#settle(data.key, { is: 'silenced' })
      else this.#notify(data, route, cause)
      return
    }
    if (data.endless !== true) this.#remember(data, !isSilenced, cause)
    if (isSilenced) this.#settle(data.key, { is: 'silenced' })
    else this.#notify(data, route, cause)
  }

  /** Sinks hear of the change with those of other alerts: not of one that has begun and ended meanwhile. */
  #changedInGroup(
    { data, known }: { data: NoticeData; known: AlertNotice | undefined },
    route: NoticeRoute,
    grouping: NoticeGrouping,
    cause: NoticeCause,
  ): void {
    const isTold = known?.isTold ?? data.status === 'resolved'
    const isSilenced = this.#isSilenced(data, cause.now)
    const isUntold = data.status === 'resolved' && !isTold
    if (isSilenced || isUntold) this.#settle(data.key, { is: 'silenced' })
    if (isUntold) this.#forget(data.key)
    if (isUntold || (isSilenced && data.endless === true)) return
    if (known === undefined && this.#notices.size >= MAX_ALERTS) {
      this.#tooMany(data)
      return
    }
    const told = known === undefined ? data : withFacts(data, known.data)
    this.#keep({
      data: told,
      chain: cause.chain,
      cause: cause.cause,
      isTold,
      at: isTold ? (known?.at ?? 0) : 0,
    })
    if (!isSilenced) this.#wait(data, route, grouping, cause.now)
  }

  #wait(data: NoticeData, { sinks }: NoticeRoute, grouping: NoticeGrouping, now: number): void {
    const id = groupId(sinks, groupValues(data, grouping))
    if (this.#groups.groupOf(data.key) !== id) this.#leave(data.key)
    this.#groups.add(id, data.key, now, grouping.wait)
    this.#watch(id)
  }

  #leave(key: string): void {
    const id = this.#groups.groupOf(key)
    if (id === undefined) return
    this.#groups.forget(key)
    this.#watch(id)
  }

  #watch(id: string, now = 0): void {
    const due = this.#groups.dueOf(id, now)
    if (due > 0) this.#deadlines.set(GROUP + id, due)
    else this.#deadlines.delete(GROUP + id)
  }

  #groupIsDue(id: string, now: number): void {
    const changed: AlertNotice[] = []
    const others: NoticeData[] = []
    for (const [key, hasWaited] of this.#groups.take(id)) {
      const notice = this.#notices.get(key)
      if (notice === undefined) {
        this.#groups.forget(key)
        continue
      }
      const { data, isTold } = notice
      const isSilenced = this.#isSilenced(data, now)
      const isNews = hasWaited && !isSilenced
      if (hasWaited && isSilenced) this.#settle(key, { is: 'silenced' })
      if (this.#groupOf(data) !== id) {
        // Its route leads elsewhere since the configuration has changed.
        this.#leave(key)
        if (isNews) this.#isDue(key, now)
        if (isOver(data) && this.#groups.groupOf(key) === undefined) this.#forget(key)
        continue
      }
      if (isNews) changed.push(notice)
      else if (isTold) others.push(data)
      if (isOver(data)) this.#forget(key)
      else this.#keep({ ...notice, isTold: isTold || isNews, at: isTold || isNews ? now : 0 })
    }
    this.#tellGroup(id, changed, others, now)
    this.#watch(id, now)
  }

  #groupOf(data: NoticeData): string | undefined {
    const route = this.#routes.of(data)
    return route?.group && groupId(route.sinks, groupValues(data, route.group))
  }

  #isSilenced(data: NoticeData, now: number): boolean {
    return data.status === 'firing' && this.#silences.covers(data, now)
  }

  #tellGroup(id: string, changed: readonly AlertNotice[], others: readonly NoticeData[], now: number): void {
    const last = changed.reduce(
      (one, other) => (seqIn(other.cause) > seqIn(one.cause) ? other : one),
      changed[0],
    )
    const route = last && this.#routes.of(last.data)
    if (route?.group === undefined) return
    const { cause, chain } = last
    this.at = seqIn(cause)
    const labels = groupValues(last.data, route.group)
    const data = groupNotice(id, labels, [...changed.map((notice) => notice.data), ...others])
    this.#groups.told(id, now, route.group.interval)
    this.#notify(data, route, { now, cause, chain }, GROUP_TAG)
  }

  #remember(data: NoticeData, isTold: boolean, { now, cause, chain }: NoticeCause): void {
    if (this.#notices.size < MAX_ALERTS || this.#notices.has(data.key))
      this.#keep({ data, chain, cause, isTold, at: isTold ? now : 0 })
    else this.#tooMany(data)
  }

  #tooMany({ key }: NoticeData): void {
    this.#settle(key, { is: 'full', reason: `sinks know of ${MAX_ALERTS} alerts already` })
  }

  /** A notice is to be repeated, or the last silence of its alert may have ended. */
  #isDue(key: string, now: number): void {
    const notice = this.#notices.get(key)
    const route = notice && this.#routes.of(notice.data)
    if (notice === undefined || route === undefined) return
    const { data, chain, cause } = notice
    this.at = seqIn(cause)
    const isSilenced = this.#isSilenced(data, now)
    if (route.group !== undefined && !isSilenced) {
      this.#keep({ ...notice, at: 0 })
      this.#wait(data, route, route.group, now)
      return
    }
    this.#keep({
      ...notice,
      isTold: notice.isTold || !isSilenced,
      at: isSilenced && !notice.isTold ? 0 : now,
    })
    if (!isSilenced) this.#notify(data, route, { now, cause, chain })
  }

  #silence(data: unknown): void {
    if (!isSilence(data)) return
    if (this.#silences.size >= MAX_SILENCES && !this.#silences.has(data.id))
      this.#settle(data.id, { is: 'full', reason: `there are ${MAX_SILENCES} silences already` })
    else this.#addSilence(data)
  }

  #addSilence(silence: Silence): void {
    this.#silences.add(silence)
    this.#deadlines.set(SILENCE + silence.id, silence.until)
  }

  /** Sinks that did not hear of an alert because of it hear now, unless another silence covers the alert. */
  #endSilence(id: string, now: number, cause?: string): void {
    const wasCovered = this.#silences.remove(id)
    this.#deadlines.delete(SILENCE + id)
    if (wasCovered === undefined) return
    for (const notice of this.#notices.values())
      if (!notice.isTold && notice.at === 0 && wasCovered(notice.data))
        this.#keep({ ...notice, cause: cause ?? notice.cause, at: now })
  }

  #keep(notice: AlertNotice): void {
    const { key } = notice.data
    this.#notices.set(key, notice)
    const repeat = this.#routes.of(notice.data)?.repeat
    if (notice.at > 0 && !notice.isTold) this.#deadlines.set(key, notice.at)
    else if (notice.isTold && notice.at > 0 && repeat !== undefined)
      this.#deadlines.set(key, notice.at + repeat * MICROS)
    else this.#deadlines.delete(key)
  }

  #forget(key: string): void {
    this.#notices.delete(key)
    this.#leave(key)
    this.#deadlines.delete(key)
  }

  #notify(
    data: NoticeData,
    { sinks }: NoticeRoute,
    { now, cause, chain }: NoticeCause,
    tag = tagOfAlert(data.rule, 'notice'),
  ): void {
    const events = sinks.map((sink) => {
      this.#counter = Math.max(MOST_EVENTS * seqIn(cause), this.#counter + 1)
      const attributes = { [CHAIN]: chain.join(' '), [CAUSE]: cause, [TO_SINK]: sink }
      return { tag, data, attributes, counter: this.#counter }
    })
    this.lastFired = now
    this.#settle(data.key, { is: 'fired', events })
  }

  #settle(key: string, outcome: Outcome): void {
    const counter = counterOf(outcome)
    if (counter !== undefined) this.counters[counter]++
    this.#tell(this, key, outcome)
  }
}

/** No event about it is to come. */
function isOver({ status, endless }: NoticeData): boolean {
  return status === 'resolved' || endless === true
}

interface NoticeCause {
  readonly now: number
  readonly cause: string
  readonly chain: readonly string[]
}

/** Stand before the names of silences and groups in deadlines. Keys of alerts are hexadecimal. */
const SILENCE = 'silence '
const GROUP = 'group '
