import type { HostsConfig } from './config.js'
import { type HostTable, LEFT, SILENT } from './host-table.js'
import { silenceAfter, suspectedAfter } from './rhythm.js'
import type { AboutHosts } from './types.js'

/** Hosts that fall silent, or are back, within this time are reported together, s. */
const SILENT_TOGETHER = 60
const BACK_TOGETHER = 10
/** A host that was heard since then is not silent, whatever an event says, s. */
export const JUST_HEARD = 10
/** Most names in one event. */
const MOST_NAMES = 5_000
const SHOWN_NAMES = 3

/** Hosts of which one event speaks. */
export interface HostsEvent {
  readonly tag: string
  readonly data: AboutHosts
}

/**
 * Notices that hosts are silent, and that they are back. Those to which it happens at about the same time are reported
 * together: when a switch fails, the fact is one, not a thousand.
 */
export class SilenceWatch {
  readonly #table: HostTable
  readonly #settings: () => Pick<HostsConfig, 'silence' | 'silentAfter'>
  readonly #own: ReadonlySet<string>
  /** Nothing was expected before, s since the epoch: the hub could not hear it. */
  #expectedSince: number
  #silentSince: number | undefined
  #backSince: number | undefined
  /** Hosts that were silent and are heard again. */
  readonly #back = new Set<number>()

  /** `own`: the names of this host, which is never silent. */
  constructor(
    table: HostTable,
    settings: () => Pick<HostsConfig, 'silence' | 'silentAfter'>,
    own: readonly string[],
    expectedSince: number,
  ) {
    this.#own = new Set(own)
    this.#table = table
    this.#settings = settings
    this.#expectedSince = expectedSince
  }

  /** Says that the hub could not hear anything until now. */
  wasDeaf(now: number): void {
    this.#expectedSince = now
    this.#silentSince = undefined
  }

  /** Says that a silent host is heard. */
  heard(index: number): void {
    this.#back.add(index)
  }

  forget(index: number): void {
    this.#back.delete(index)
  }

  /** Returns the hosts that have fallen silent, as soon as those that do so with them are known too. */
  silent(now: number): number[] {
    if (!this.#settings().silence) return []
    const found = this.#overdue(now, false)
    if (found.length === 0) this.#silentSince = undefined
    else this.#silentSince ??= now
    if (this.#silentSince === undefined || now - this.#silentSince < SILENT_TOGETHER) return []
    this.#silentSince = undefined
    return this.#overdue(now, true)
  }

  /** Returns the hosts that are back. */
  back(now: number): number[] {
    if (this.#back.size === 0) return []
    this.#backSince ??= now
    if (now - this.#backSince < BACK_TOGETHER) return []
    this.#backSince = undefined
    // Another hub may have reported it when it was the primary.
    const found = [...this.#back].filter((index) => (this.#table.flags[index] & SILENT) !== 0)
    this.#back.clear()
    return found
  }

  /** When a host counts as silent, s after it was heard last; infinite if its rhythm is not known. */
  limitOf(index: number): number {
    return this.#settings().silentAfter === undefined
      ? silenceAfter(this.#table.rhythm[index], this.#heardFor(index))
      : this.#fixed()
  }

  #overdue(now: number, areSuspected: boolean): number[] {
    const { flags, last, end } = this.#table
    const found: number[] = []
    for (let index = 0; index < end; index++) {
      const name = this.#table.nameOf(index)
      if (name === undefined || (flags[index] & (SILENT | LEFT)) !== 0 || this.#own.has(name)) continue
      const pause = now - Math.max(last[index], this.#expectedSince)
      if (pause > JUST_HEARD && pause > this.#limit(index, areSuspected)) found.push(index)
    }
    return found
  }

  #limit(index: number, isSuspected: boolean): number {
    if (!isSuspected || this.#settings().silentAfter !== undefined) return this.limitOf(index)
    return suspectedAfter(this.#table.rhythm[index], this.#heardFor(index))
  }

  #heardFor(index: number): number {
    return this.#table.last[index] - this.#table.first[index]
  }

  #fixed(): number {
    return (this.#settings().silentAfter ?? Number.POSITIVE_INFINITY) / 1000
  }
}

/** Makes events about hosts; more than one only where there are too many names. */
export function eventsAbout(
  tag: string,
  names: readonly string[],
  more: Pick<AboutHosts, 'last' | 'log'>,
): HostsEvent[] {
  const events: HostsEvent[] = []
  for (let at = 0; at < names.length; at += MOST_NAMES) {
    const hosts = names.slice(at, at + MOST_NAMES)
    const [host] = hosts
    const data = { ...(hosts.length === 1 && { host }), count: hosts.length, names: shown(hosts), hosts }
    events.push({ tag, data: { ...data, ...more } })
  }
  return events
}

function shown(hosts: readonly string[]): string {
  const rest = hosts.length - SHOWN_NAMES
  const first = hosts.slice(0, SHOWN_NAMES).join(', ')
  return rest > 0 ? `${first} and ${rest} more` : first
}
