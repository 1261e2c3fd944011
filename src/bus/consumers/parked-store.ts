import { decode, encode } from '../../event/index.js'
import { asFields } from '../../event/json/object.js'
import type { Bucket, StateChange } from '../../state/state-store.js'

/** One parking of an event. */
export interface Parking {
  tries: number
  reason: string
  /** µs since the epoch */
  parkedAt: number
}

export interface ParkedRecord extends Parking {
  /** The previous parking, if the event was redelivered and failed again. */
  reparkedFrom?: Parking
  /** True if a hub that does not serve its consumer was asked to redeliver it. */
  wanted?: boolean
}

export interface ParkedEntry {
  ref: ParkedRef
  record: ParkedRecord
}

interface StoredRecord extends ParkedRecord {
  /** Number of pieces of the frame. */
  pieces: number
}

const ENTRY = 'entry/'
const FRAME = 'frame/'
/** Size of a piece: a frame may be larger than a value of the state store. */
const PIECE = 256 * 1024

/**
 * Stores parked events. The frame is kept in pieces beside the entry. They are written before it and deleted
 * before it, so that a crash leaves pieces that the next attempt overwrites, or an entry with missing pieces,
 * whose deletion is completed when it is read.
 */
export class ParkedStore {
  /** Called when a hub marks an event that is to be redelivered by the one that serves its consumer. */
  onWanted: ((ref: ParkedRef) => void) | undefined
  readonly #bucket: Bucket
  /** The keys of the entries of each consumer. */
  readonly #keys = new Map<string, Set<string>>()
  #unwatch: () => void = () => undefined
  #changing: Promise<unknown> = Promise.resolve()

  constructor(bucket: Bucket) {
    this.#bucket = bucket
  }

  async restore(): Promise<void> {
    // Before the list is read, so that no change of another hub falls between the two.
    this.#unwatch = this.#bucket.watch(ENTRY, (change) => this.#follow(change))
    for await (const { ref } of this.list('')) this.#note(ref)
  }

  close(): void {
    this.#unwatch()
  }

  get count(): number {
    let sum = 0
    for (const keys of this.#keys.values()) sum += keys.size
    return sum
  }

  countOf(consumer: string): number {
    return this.#keys.get(consumer)?.size ?? 0
  }

  put(ref: ParkedRef, parking: Parking, frame: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      const key = parkedKey(ref)
      const pieces = Math.ceil(frame.length / PIECE)
      for (let piece = 0; piece < pieces; piece++) {
        await this.#bucket.put(pieceKey(key, piece), frame.subarray(piece * PIECE, (piece + 1) * PIECE))
      }
      await this.#bucket.put(ENTRY + key, encode({ ...parking, pieces }))
      this.#note(ref)
    })
  }

  /** Marks an event for the hub that serves its consumer. Returns false if it was deleted meanwhile. */
  want(ref: ParkedRef): Promise<boolean> {
    return this.#inTurn(async () => {
      const key = parkedKey(ref)
      const known = await this.#get(key)
      if (known === undefined) return false
      await this.#bucket.put(ENTRY + key, encode({ ...known, wanted: true }))
      return true
    })
  }

  /** Parks an event again that was redelivered and failed. Does nothing if it was deleted meanwhile. */
  putAgain(ref: ParkedRef, parking: Parking): Promise<void> {
    return this.#inTurn(async () => {
      const key = parkedKey(ref)
      const known = await this.#get(key)
      if (known === undefined) return
      const { tries, reason, parkedAt, pieces } = known
      const reparkedFrom: Parking = { tries, reason, parkedAt }
      await this.#bucket.put(ENTRY + key, encode({ ...parking, pieces, reparkedFrom }))
    })
  }

  async get(ref: ParkedRef): Promise<ParkedRecord | undefined> {
    return this.#get(parkedKey(ref))
  }

  async frame(ref: ParkedRef): Promise<Uint8Array | undefined> {
    const key = parkedKey(ref)
    const record = await this.#get(key)
    if (record === undefined) return undefined
    const pieces: Uint8Array[] = []
    for (let piece = 0; piece < record.pieces; piece++) {
      const entry = await this.#bucket.get(pieceKey(key, piece))
      if (entry === undefined) {
        // Its deletion was interrupted.
        await this.delete(ref)
        return undefined
      }
      pieces.push(entry.value)
    }
    return joined(pieces)
  }

  /** Returns false if it does not exist. */
  delete(ref: ParkedRef): Promise<boolean> {
    return this.#inTurn(async () => {
      const key = parkedKey(ref)
      const record = await this.#get(key)
      if (record === undefined) return false
      for (let piece = 0; piece < record.pieces; piece++) await this.#bucket.delete(pieceKey(key, piece))
      await this.#bucket.delete(ENTRY + key)
      this.#forget(ref)
      return true
    })
  }

  /** Lists entries by consumer and place in the log; an empty `consumer` selects all. */
  async *list(consumer: string, after?: ParkedRef): AsyncIterable<ParkedEntry> {
    const prefix = consumer === '' ? ENTRY : `${ENTRY}${consumer}/`
    const start = after && ENTRY + parkedKey(after)
    for await (const { key, value } of this.#bucket.list(prefix, start)) {
      const ref = refOfKey(key.slice(ENTRY.length))
      const record = ref && this.#readable(key, value)
      if (ref !== undefined && record !== undefined) yield { ref, record }
    }
  }

  #readable(key: string, value: Uint8Array): StoredRecord | undefined {
    try {
      return decodeParked(value)
    } catch (thrown) {
      this.#bucket.reportDamage(key, thrown)
      return undefined
    }
  }

  /** Makes changes one after another, because a parked event consists of several keys. */
  async #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const mine = this.#changing.then(change, change)
    this.#changing = mine
    return mine
  }

  async #get(key: string): Promise<StoredRecord | undefined> {
    const entry = await this.#bucket.get(ENTRY + key)
    return entry && this.#readable(entry.key, entry.value)
  }

  /** Takes over what was written, by this hub or by another one that shares the store. */
  #follow(change: StateChange): void {
    const ref = refOfKey(change.key.slice(ENTRY.length))
    if (ref === undefined) return
    if (change.type === 'delete') {
      this.#forget(ref)
      return
    }
    this.#note(ref)
    if (this.#readable(change.key, change.value)?.wanted) this.onWanted?.(ref)
  }

  #note(ref: ParkedRef): void {
    const keys = this.#keys.get(ref.consumer)
    if (keys === undefined) this.#keys.set(ref.consumer, new Set([parkedKey(ref)]))
    else keys.add(parkedKey(ref))
  }

  #forget(ref: ParkedRef): void {
    const keys = this.#keys.get(ref.consumer)
    if (keys?.delete(parkedKey(ref)) && keys.size === 0) this.#keys.delete(ref.consumer)
  }
}

function pieceKey(key: string, piece: number): string {
  return `${FRAME}${key}/${piece}`
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** Throws if the value is no record of a parked event. */
function decodeParked(value: Uint8Array): StoredRecord {
  const record = decode(value) as StoredRecord | null
  const { pieces, reparkedFrom, wanted } = record ?? {}
  const isWhole =
    isParking(record) &&
    Number.isSafeInteger(pieces) &&
    (reparkedFrom === undefined || isParking(reparkedFrom)) &&
    [undefined, true, false].includes(wanted)
  if (!isWhole) throw new Error('the record of a parked event has other fields')
  return record as StoredRecord
}

function isParking(value: unknown): value is Parking {
  const { tries, reason, parkedAt } = asFields(value)
  return typeof reason === 'string' && [tries, parkedAt].every(Number.isSafeInteger)
}

/** Identifies a parked event by its consumer and its place in the log. */
export interface ParkedRef {
  consumer: string
  epoch: string
  seq: number
}

const ID = /^([a-z0-9]{1,32})-(\d{1,16})\.([A-Za-z0-9._-]{1,128})$/
const KEY = /^([^/]+)\/([a-z0-9]{1,32})-(\d{16})$/

/** Formats the id `<cursor>.<consumer>`: an event is parked at most once for each consumer. */
export function formatParkedId({ consumer, epoch, seq }: ParkedRef): string {
  return `${epoch}-${seq}.${consumer}`
}

export function parseParkedId(id: string): ParkedRef | undefined {
  const match = ID.exec(id)
  return match === null ? undefined : { epoch: match[1], seq: Number(match[2]), consumer: match[3] }
}

/** Returns a key that sorts by consumer, then by place in the log. */
export function parkedKey({ consumer, epoch, seq }: ParkedRef): string {
  return `${consumer}/${epoch}-${String(seq).padStart(16, '0')}`
}

export function refOfKey(key: string): ParkedRef | undefined {
  const match = KEY.exec(key)
  return match === null ? undefined : { consumer: match[1], epoch: match[2], seq: Number(match[3]) }
}
