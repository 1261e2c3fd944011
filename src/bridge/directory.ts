import type { Runtime } from '../event/runtime.js'
import { qtJson } from '../protocols/sysadm/codec/json.js'

export type PeerType = 'server' | 'client'

/** A peer as others may reach it. */
export interface Member {
  readonly id: string
  readonly type: PeerType | undefined
  /** Checksums of its keys; empty while it is not logged in. */
  readonly keys: ReadonlySet<string>
  /** Says which peers can be reached. */
  announce(text: string): void
}

interface Sharing {
  server: Set<Member>
  client: Set<Member>
}

/** Peers that one list names. */
const MAX_LISTED = 10_000
/** Changes within this time are announced together, ms. */
const TOGETHER = 20
/** … or within a longer one after many ids had to be sent, so that a thousand peers can arrive one by one. */
const LONGEST_TOGETHER = 2_000
const IDS_OF_MS = 500
/** Ids that are sent in one turn. */
const IDS_OF_TURN = 20_000

/**
 * Who may reach whom: servers and clients that share a key. Pairs are not kept, of which there may be many millions,
 * but looked up by key.
 */
export class Directory {
  readonly #runtime: Runtime
  readonly #byId = new Map<string, Member>()
  readonly #byKey = new Map<string, Sharing>()
  /** Those whose list may have changed: by themselves, and all of a type with a key. */
  readonly #changed = new Set<Member>()
  readonly #changedKeys = { server: new Set<string>(), client: new Set<string>() }
  #isAnnouncing = false
  /** When the next announcements may begin, ms (monotonic). */
  #notBefore = 0

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Calls `change`, which may change type and keys of the member, and announces what follows from it. */
  update(member: Member, change: () => void): void {
    if (this.#forget(member)) this.#changed.add(member)
    change()
    if (member.type === undefined || member.keys.size === 0) return
    this.#byId.set(member.id, member)
    for (const key of member.keys) {
      const sharing = this.#byKey.get(key) ?? { server: new Set(), client: new Set() }
      this.#byKey.set(key, sharing)
      sharing[member.type].add(member)
    }
    this.#changed.add(member)
    this.#othersChanged(member)
  }

  /** Returns the peer with this id if it is of the other type and shares a key. */
  reach(from: Member, id: string): Member | undefined {
    const to = this.#byId.get(id)
    if (to === undefined || from.type === undefined || to.type === from.type) return undefined
    const [fewer, more] = from.keys.size < to.keys.size ? [from.keys, to.keys] : [to.keys, from.keys]
    for (const key of fewer) if (more.has(key)) return to
    return undefined
  }

  /** Returns false if it was not known. */
  #forget(member: Member): boolean {
    if (this.#byId.get(member.id) !== member || member.type === undefined) return false
    this.#othersChanged(member)
    this.#byId.delete(member.id)
    for (const key of member.keys) {
      const sharing = this.#byKey.get(key)
      sharing?.[member.type].delete(member)
      if (sharing?.server.size === 0 && sharing.client.size === 0) this.#byKey.delete(key)
    }
    return true
  }

  #othersChanged({ type, keys }: Member): void {
    const changed = this.#changedKeys[type === 'server' ? 'client' : 'server']
    for (const key of keys) changed.add(key)
    if (this.#isAnnouncing) return
    this.#isAnnouncing = true
    const pause = Math.max(TOGETHER, this.#notBefore - this.#runtime.monotonic())
    this.#runtime.after(pause, () => this.#announce(0))
  }

  /** Everybody that a member can reach, perhaps several times. */
  *#others({ type, keys }: Member): Generator<Member> {
    const other = type === 'server' ? 'client' : 'server'
    for (const key of keys) yield* this.#byKey.get(key)?.[other] ?? []
  }

  /** Announces to one after the other, in turns between which all else continues. */
  #announce(sentBefore: number): void {
    /** Many clients have the same key, and so the same list. */
    const lists = new Map<string, { text: string; count: number }>()
    let sent = 0
    this.#expandKeys()
    for (const member of this.#changed) {
      if (sent > IDS_OF_TURN) {
        const sentAll = sentBefore + sent
        this.#runtime.soon(() => this.#announce(sentAll))
        return
      }
      this.#changed.delete(member)
      const same = `${member.type} ${[...member.keys].join(' ')}`
      const list = lists.get(same) ?? this.#listFor(member)
      lists.set(same, list)
      sent += list.count + 1
      member.announce(list.text)
    }
    this.#isAnnouncing = false
    const rest = Math.min(LONGEST_TOGETHER, (sentBefore + sent) / IDS_OF_MS)
    this.#notBefore = this.#runtime.monotonic() + rest
  }

  #expandKeys(): void {
    for (const type of ['server', 'client'] as const) {
      for (const key of this.#changedKeys[type])
        for (const member of this.#byKey.get(key)?.[type] ?? []) this.#changed.add(member)
      this.#changedKeys[type].clear()
    }
  }

  #listFor(member: Member): { text: string; count: number } {
    const ids = new Set<string>()
    for (const { id } of this.#others(member)) {
      if (ids.size >= MAX_LISTED) break
      ids.add(id)
    }
    return { text: eventText([...ids]), count: ids.size }
  }
}

function eventText(ids: readonly string[]): string {
  return qtJson({ args: { available_connections: ids }, id: '', name: 'bridge', namespace: 'events' })
}
