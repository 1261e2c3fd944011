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
  told: number,
  waiting: string[],
  ...others: string[],
]

/** Alerts of which sinks hear together. Times are µs since the epoch. */
interface NoticeGroup {
  /** When its sinks are to be notified; 0: nothing waits. */
  due: number
  /** When they were notified last; 0: never. */
  told: number
  /** Its alerts by their keys; true: sinks are to hear of it. */
  readonly members: Map<string, boolean>
}

const MICROS = 1000

/** The groups of the alerts of which sinks know, or wait to hear. Each alert is in one at most. */
export class NoticeGroups {
  readonly #groups = new Map<string, NoticeGroup>()
  readonly #groupOf = new Map<string, string>()

  /** The alert waits, with others, until sinks hear of it. Returns when its group is due. */
  add(id: string, key: string, now: number, { wait, interval }: NoticeGrouping): number {
    const group = this.#groups.get(id) ?? { due: 0, told: 0, members: new Map<string, boolean>() }
    if (this.#groupOf.get(key) !== id) this.forget(key)
    this.#groups.set(id, group)
    this.#groupOf.set(key, id)
    group.members.set(key, true)
    const earliest = group.told === 0 ? 0 : group.told + interval * MICROS
    if (group.due === 0) group.due = Math.max(now + wait * MICROS, earliest)
    return group.due
  }

  forget(key: string): void {
    const id = this.#groupOf.get(key)
    if (id === undefined) return
    this.#groupOf.delete(key)
    const group = this.#groups.get(id)
    group?.members.delete(key)
    if (group?.members.size === 0) this.#groups.delete(id)
  }

  /** Returns the alerts of a group, with whether each has waited. None waits any longer. */
  take(id: string, now: number): [key: string, hasWaited: boolean][] {
    const group = this.#groups.get(id)
    if (group === undefined) return []
    const taken = inOrder(group)
    group.due = 0
    group.told = now
    for (const [key] of taken) group.members.set(key, false)
    return taken
  }

  snapshot(): NoticeGroupSnapshot[] {
    return [...this.#groups].map(([id, group]) => {
      const members = inOrder(group)
      const keys = (isWaiting: boolean) => members.flatMap(([key, is]) => (is === isWaiting ? [key] : []))
      return [id, group.due, group.told, keys(true), ...keys(false)]
    })
  }

  /** Returns when the group is due; 0: nothing waits. */
  restore([id, due, told, waiting, ...others]: NoticeGroupSnapshot): number {
    const members = new Map([
      ...waiting.map((key) => [key, true] as const),
      ...others.map((key) => [key, false] as const),
    ])
    for (const key of members.keys()) this.#groupOf.set(key, id)
    this.#groups.set(id, { due, told, members })
    return due
  }
}

/** Always the same, also after a restart. */
function inOrder({ members }: NoticeGroup): [key: string, hasWaited: boolean][] {
  return [...members].sort(([one], [other]) => (one < other ? -1 : 1))
}

export function isNoticeGroupSnapshot(value: unknown): value is NoticeGroupSnapshot {
  if (!Array.isArray(value)) return false
  const [id, due, told, waiting, ...others]: unknown[] = value
  return (
    typeof id === 'string' &&
    [due, told].every((time) => Number.isSafeInteger(time)) &&
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
