import type { Stream } from './stream.js'

/** A leader that is cut off from the others answers from what it has until it notices, ms. */
const NOTICED_MS = 8000

/** The servers of a cluster, of which a majority is needed. One leads all streams. */
export class Servers {
  leader = 'n1'
  readonly #names: readonly string[]
  readonly #now: () => number
  readonly #apart = new Set<string>()
  /** What a leader that is cut off still has, and until when it answers. */
  #stale: { server: string; until: number; streams: ReadonlyMap<string, Stream> } | undefined

  constructor(names: readonly string[], now: () => number) {
    this.#names = names
    this.#now = now
  }

  /** Returns true if messages get from one to the other. Without a name: from everywhere. */
  areLinked(one: string, other: string): boolean {
    return one === '' || other === '' || one === other || !(this.#apart.has(one) || this.#apart.has(other))
  }

  get hasMajority(): boolean {
    return this.#names.length - this.#apart.size > this.#names.length / 2
  }

  isApart(server: string): boolean {
    return this.#apart.has(server)
  }

  /** The streams that a server shows which does not reach the leader; undefined if it answers nothing. */
  staleAt(server: string): ReadonlyMap<string, Stream> | undefined {
    const stale = this.#stale
    return stale !== undefined && stale.server === server && this.#now() < stale.until
      ? stale.streams
      : undefined
  }

  /** Returns true if the others have to elect a leader. */
  cutOff(server: string, streams: ReadonlyMap<string, Stream>): boolean {
    if (this.#apart.has(server)) return false
    this.#apart.add(server)
    if (server !== this.leader) return !this.hasMajority
    const copies = new Map([...streams].map(([name, stream]) => [name, stream.copy()]))
    this.#stale = { server, until: this.#now() + NOTICED_MS, streams: copies }
    return true
  }

  join(server: string): void {
    this.#apart.delete(server)
    if (this.#stale?.server === server) this.#stale = undefined
  }

  /** Another one leads, if there is one. */
  elect(): void {
    const able = this.#names.filter((name) => !this.#apart.has(name))
    this.leader = able[(able.indexOf(this.leader) + 1) % able.length] ?? this.leader
  }
}
