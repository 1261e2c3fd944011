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
/** Ids that are written in one turn. */
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

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Calls `change`, which may change type and keys of the member, and announces what follows from it. */
  update(member: Member, change: () => void): void {
    this.#forget(member)
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

  #forget(member: Member): void {
    if (this.#byId.get(member.id) !== member || member.type === undefined) return
    this.#othersChanged(member)
    this.#changed.delete(member)
    this.#byId.delete(member.id)
    for (const key of member.keys) {
      const sharing = this.#byKey.get(key)
      sharing?.[member.type].delete(member)
      if (sharing?.server.size === 0 && sharing.client.size === 0) this.#byKey.delete(key)
    }
  }

  #othersChanged({ type, keys }: Member): void {
    const changed = this.#changedKeys[type === 'server' ? 'client' : 'server']
    for (const key of keys) changed.add(key)
    if (this.#isAnnouncing) return
    this.#isAnnouncing = true
    this.#runtime.after(TOGETHER, () => this.#announce())
  }

  /** Everybody that a member can reach, perhaps several times. */
  *#others({ type, keys }: Member): Generator<Member> {
    const other = type === 'server' ? 'client' : 'server'
    for (const key of keys) yield* this.#byKey.get(key)?.[other] ?? []
  }

  /** Announces to one after the other, in turns between which all else continues. */
  #announce(): void {
    /** Many clients have the same key, and so the same list. */
    const texts = new Map<string, string>()
    let written = 0
    this.#expandKeys()
    for (const member of this.#changed) {
      if (written > IDS_OF_TURN) {
        this.#runtime.soon(() => this.#announce())
        return
      }
      this.#changed.delete(member)
      const same = `${member.type} ${[...member.keys].join(' ')}`
      let text = texts.get(same)
      if (text === undefined) {
        const ids = this.#idsFor(member)
        written += ids.length
        text = eventText(ids)
        texts.set(same, text)
      }
      written++
      member.announce(text)
    }
    this.#isAnnouncing = false
  }

  #expandKeys(): void {
    for (const type of ['server', 'client'] as const) {
      for (const key of this.#changedKeys[type])
        for (const member of this.#byKey.get(key)?.[type] ?? []) this.#changed.add(member)
      this.#changedKeys[type].clear()
    }
  }

  #idsFor(member: Member): string[] {
    const ids = new Set<string>()
    for (const { id } of this.#others(member)) {
      if (ids.size >= MAX_LISTED) break
      ids.add(id)
    }
    return [...ids]
  }
}

function eventText(ids: readonly string[]): string {
  return qtJson({ args: { available_connections: ids }, id: '', name: 'bridge', namespace: 'events' })
}
