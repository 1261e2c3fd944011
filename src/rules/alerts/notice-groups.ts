import { createHash } from 'node:crypto'
import { type Matchable, textFor } from './alert-test.js'

/** The settings by which a route puts alerts together; times are in ms. */
export interface NoticeGrouping {
  /** `rule`, `severity`, or labels. Alerts with the same values are in one group. */
  readonly by: readonly string[]
  /** Time that the first notice of a group waits for others. */
  readonly wait: number
  /** Least time between two notices of a group. */
  readonly interval: number
}

export type NoticeGroupSnapshot = [
  id: string,
  due: number,
  next: number,
  waiting: string[],
  ...others: string[],
]

/** Alerts of which sinks hear together, by their keys. Times are µs since the epoch. */
interface NoticeGroup {
  /** When its sinks are to be notified; 0: nothing waits. */
  due: number
  /** When they may be notified again; 0: they never were. An empty group is remembered until then. */
  next: number
  /** Sinks are to hear of them. */
  readonly waiting: Set<string>
  readonly others: Set<string>
}

const MICROS = 1000

/** The groups of the alerts of which sinks know, or wait to hear. Each alert is in one at most. */
export class NoticeGroups {
  readonly #groups = new Map<string, NoticeGroup>()
  readonly #groupOf = new Map<string, string>()

  /** The alert waits, with others, until sinks hear of it: an urgent one less than they would. */
  add(id: string, key: string, now: number, wait: number): void {
    const group = this.#groups.get(id) ?? newGroup()
    this.#groups.set(id, group)
    this.#groupOf.set(key, id)
    const wanted = Math.max(now + wait * MICROS, group.next)
    if (group.waiting.size === 0 || wanted < group.due) group.due = wanted
    group.others.delete(key)
    group.waiting.add(key)
  }

  groupOf(key: string): string | undefined {
    return this.#groupOf.get(key)
  }

  forget(key: string): void {
    const group = this.#groups.get(this.#groupOf.get(key) ?? '')
    this.#groupOf.delete(key)
    group?.waiting.delete(key)
    group?.others.delete(key)
  }

  /** Returns the alerts of a group, with whether each has waited. None waits any longer. */
  take(id: string): [key: string, hasWaited: boolean][] {
    const group = this.#groups.get(id)
    if (group === undefined) return []
    const taken = [...inOrder(group.waiting, true), ...inOrder(group.others, false)]
    group.due = 0
    for (const key of group.waiting) group.others.add(key)
    group.waiting.clear()
    return taken
  }

  /** Its sinks have heard of the group. `interval`: least time until they hear of it again. */
  told(id: string, now: number, interval: number): void {
    const group = this.#groups.get(id) ?? newGroup()
    group.next = now + interval * MICROS
    this.#groups.set(id, group)
  }

  /** Returns when the group is due: to be told, or forgotten because it is empty; 0: never. */
  dueOf(id: string, now: number): number {
    const group = this.#groups.get(id)
    if (group === undefined) return 0
    if (group.waiting.size > 0) return group.due
    if (group.others.size > 0) return 0
    if (group.next > now) return group.next
    this.#groups.delete(id)
    return 0
  }

  snapshot(): NoticeGroupSnapshot[] {
    return [...this.#groups].map(([id, { due, next, waiting, others }]) => [
      ...([id, due, next, [...waiting].sort()] as const),
      ...[...others].sort(),
    ])
  }

  restore([id, due, next, waiting, ...others]: NoticeGroupSnapshot): void {
    for (const key of [...waiting, ...others]) this.#groupOf.set(key, id)
    this.#groups.set(id, { due, next, waiting: new Set(waiting), others: new Set(others) })
  }
}

function newGroup(): NoticeGroup {
  return { due: 0, next: 0, waiting: new Set(), others: new Set() }
}

/** Always the same, also after a restart. */
function inOrder(keys: ReadonlySet<string>, hasWaited: boolean): [key: string, hasWaited: boolean][] {
  return [...keys].sort().map((key) => [key, hasWaited])
}

export function isNoticeGroupSnapshot(value: unknown): value is NoticeGroupSnapshot {
  if (!Array.isArray(value)) return false
  const [id, due, next, waiting, ...others]: unknown[] = value
  return (
    typeof id === 'string' &&
    [due, next].every((time) => Number.isSafeInteger(time)) &&
    Array.isArray(waiting) &&
    [...waiting, ...others].every((key) => typeof key === 'string')
  )
}

/** The values by which an alert is in its group. */
export function groupValues(alert: Matchable, { by }: NoticeGrouping): Record<string, string> {
  return Object.fromEntries(by.map((name) => [name, textFor(alert, name)]))
}

/** The name of a group, which looks like the key of an alert: it follows from the sinks and the values. */
export function groupId(sinks: readonly string[], values: Readonly<Record<string, string>>): string {
  return createHash('sha256')
    .update(JSON.stringify([sinks, values]))
    .digest('hex')
    .slice(0, 16)
}
