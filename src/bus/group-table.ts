import { frameBytes } from '../event/frame.js'
import type { Runtime } from '../event/runtime.js'
import { SubscriptionIndex } from '../filter/index.js'
import { searchesLong } from '../filter/long-bodies.js'
import type { Matcher } from '../filter/matcher.js'
import type { FrameBatch } from '../log/event-log.js'
import { Group, groupKey } from './group.js'
import type { Format } from './sink.js'

/** All groups, found by filter and format; collects for each group the events of a tick that match. */
export class GroupTable {
  readonly #byKey = new Map<string, Group>()
  readonly #index = new SubscriptionIndex<Group>()
  /** Groups that match every event: they get whole batches, and no frame is looked at. */
  readonly #everything: Group[] = []
  /** Groups with output in this tick. */
  readonly #queued: Group[] = []
  readonly #matched: Group[] = []
  #selective = 0
  readonly #runtime: Runtime

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  acquire(matcher: Matcher, format: Format | undefined): Group {
    const key = groupKey(matcher, format)
    const group = this.#byKey.get(key) ?? this.#create(key, matcher, format)
    group.members++
    return group
  }

  release(group: Group): void {
    if (--group.members > 0) return
    this.#byKey.delete(group.key)
    if (group.matcher.all) {
      this.#everything.splice(this.#everything.indexOf(group), 1)
    } else {
      this.#index.remove(group.matcher, group)
      this.#selective--
    }
  }

  collect(batch: FrameBatch): void {
    const { bytes, count } = batch
    for (const group of this.#everything) this.#add(group, bytes, 0, bytes.length, count)
    if (this.#selective > 0) this.#collectMatching(bytes)
  }

  flush(): void {
    const queued = this.#queued
    for (let i = 0; i < queued.length; i++) {
      queued[i].queued = false
      queued[i].flush()
    }
    queued.length = 0
  }

  #create(key: string, matcher: Matcher, format: Format | undefined): Group {
    const group = new Group(key, matcher, format, this.#runtime)
    this.#byKey.set(key, group)
    if (matcher.all) {
      this.#everything.push(group)
    } else {
      this.#index.add(group.matcher, group)
      this.#selective++
    }
    return group
  }

  #collectMatching(bytes: Uint8Array): void {
    const matched = this.#matched
    for (let at = 0; at < bytes.length; ) {
      const end = at + frameBytes(bytes, at)
      // Elements after the count are left over from earlier frames.
      const count = this.#index.match(bytes, at, matched)
      for (let i = 0; i < count; i++) {
        const group = matched[i]
        if (searchesLong(group.matcher, bytes, at)) this.#postpone(group)
        else this.#add(group, bytes, at, end, 1)
      }
      at = end
    }
  }

  #add(group: Group, bytes: Uint8Array, start: number, end: number, frames: number): void {
    group.output.add(bytes, start, end, frames)
    this.#queue(group)
  }

  #postpone(group: Group): void {
    group.postpone()
    this.#queue(group)
  }

  #queue(group: Group): void {
    if (group.queued) return
    group.queued = true
    this.#queued.push(group)
  }
}
