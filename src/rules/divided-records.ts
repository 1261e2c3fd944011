import { crc32 } from 'node:zlib'
import { decode, encode } from '../event/index.js'
import { asFields } from '../event/json/object.js'
import type { Runtime } from '../event/runtime.js'
import { readable } from '../state/readable.js'
import type { Bucket } from '../state/state-store.js'

/** Size of a piece: a record may be larger than a value of the state store. */
const PIECE = 256 * 1024
/** Pieces that are written together. All of a long record would make one turn of the event loop long. */
const PIECES_AT_ONCE = 4
/** The first byte of a record that names its pieces. */
const DIVIDED = 0xc1
/** The prefix of the keys of pieces. Keys of records never begin with it. */
const PIECES = '@piece/'

/** Where the pieces of a record are. */
interface Division {
  side: string
  pieces: number
  /** CRC-32 of the record. */
  sum: number
}

type Entry = readonly [key: string, value: Uint8Array]

/**
 * Records of any length. A long one, and one that begins as a division does, is divided into pieces, which are written
 * on one of two sides in turn; then the record under its key names the side. So the pieces that are in use never
 * change. Each store has sides of its own, as hubs that share a bucket may write at the same time when one takes over
 * from the other. A record that another hub has written since this one read it is not overwritten: a write may reach
 * the servers long after its hub has lost the lease.
 */
export class DividedRecords {
  readonly #bucket: Bucket
  readonly #sides: readonly [string, string]
  /** The revisions of the records that were read or written, by key. */
  readonly #revisions = new Map<string, number>()

  constructor(bucket: Bucket, { random }: Pick<Runtime, 'random'>) {
    this.#bucket = bucket
    const own = Buffer.from(random(6)).toString('hex')
    this.#sides = [`${own}a`, `${own}b`]
  }

  /** The keys of all records. */
  async *keys(): AsyncGenerator<string> {
    for await (const { key } of this.#bucket.list()) if (placeOf(key) === undefined) yield key
  }

  reportDamage(key: string, why: unknown): void {
    this.#bucket.reportDamage(key, why)
  }

  /** A damaged record counts as absent, and is reported. */
  async read(key: string): Promise<Uint8Array | undefined> {
    for (;;) {
      const entry = await readable(this.#bucket, key)
      this.#revisions.set(key, entry?.revision ?? 0)
      if (entry === undefined || !isDivided(entry.value)) return entry?.value
      const division = divisionIn(entry.value)
      const record = division && (await this.#joined(key, division))
      if (record !== undefined) return record
      // Another hub may have written it meanwhile.
      if ((await readable(this.#bucket, key))?.revision !== entry.revision) continue
      this.#bucket.reportDamage(key, 'pieces of it are missing or damaged')
      return undefined
    }
  }

  /**
   * Once it resolves, the record is stored; until then, and after a crash, it is this one or the one before. `parts`:
   * the bytes of the record. Throws TCN_STATE_CONFLICT if another hub has written it.
   */
  async write(key: string, parts: readonly Uint8Array[]): Promise<void> {
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    const short = length <= PIECE ? Buffer.concat(parts) : undefined
    if (short !== undefined && !isDivided(short)) return this.#replace(key, short)
    const [one, other] = this.#sides
    const side = (await this.#sideOf(key)) === one ? other : one
    const pieces = parts.flatMap(dividedInto).map((piece, at): Entry => [pieceKey(key, side, at), piece])
    let sum = 0
    for (let at = 0; at < pieces.length; at += PIECES_AT_ONCE) {
      const some = pieces.slice(at, at + PIECES_AT_ONCE)
      for (const [, piece] of some) sum = crc32(piece, sum)
      await this.#bucket.putAll(some)
    }
    const division: Division = { side, pieces: pieces.length, sum }
    await this.#replace(key, Buffer.concat([Buffer.of(DIVIDED), encode(division)]))
  }

  async #replace(key: string, value: Uint8Array): Promise<void> {
    const bucket = this.#bucket
    const known = this.#revisions.get(key) ?? (await readable(bucket, key))?.revision ?? 0
    const isDamaged = bucket.damaged.has(key)
    const revision = await (isDamaged ? bucket.put(key, value) : bucket.compareAndSet(key, value, known))
    this.#revisions.set(key, revision)
  }

  /** Removes the records that are not among these, and the pieces that no record names. */
  async keepOnly(keys: ReadonlySet<string>): Promise<void> {
    const gone: string[] = []
    const sides = new Map<string, string | undefined>()
    for await (const { key } of this.#bucket.list()) {
      const piece = placeOf(key)
      const record = piece?.key ?? key
      if (piece !== undefined && !sides.has(record)) sides.set(record, await this.#sideOf(record))
      const isUsed = piece === undefined || piece.side === sides.get(record)
      if (!keys.has(record) || !isUsed) gone.push(key)
    }
    for (const key of gone) {
      await this.#bucket.delete(key)
      this.#revisions.delete(key)
    }
  }

  /** The side that the record names. */
  async #sideOf(key: string): Promise<string | undefined> {
    const entry = await readable(this.#bucket, key)
    return entry && divisionIn(entry.value)?.side
  }

  async #joined(key: string, { side, pieces, sum }: Division): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = []
    for (let at = 0; at < pieces; at++) {
      const entry = await readable(this.#bucket, pieceKey(key, side, at))
      if (entry === undefined) return undefined
      parts.push(entry.value)
    }
    const record = Buffer.concat(parts)
    return crc32(record) === sum ? record : undefined
  }
}

function isDivided(value: Uint8Array): boolean {
  return value[0] === DIVIDED
}

/** Undefined if it is none, or makes no sense. */
function divisionIn(value: Uint8Array): Division | undefined {
  if (!isDivided(value)) return undefined
  try {
    const { side, pieces, sum } = asFields(decode(value.subarray(1)))
    const isWhole = typeof side === 'string' && /^[0-9a-f]{1,64}$/.test(side) && Number.isSafeInteger(pieces)
    return isWhole && typeof pieces === 'number' && typeof sum === 'number'
      ? { side, pieces, sum }
      : undefined
  } catch {
    return undefined
  }
}

function dividedInto(record: Uint8Array): Uint8Array[] {
  const count = Math.ceil(record.length / PIECE)
  return Array.from({ length: count }, (_, at) => record.subarray(at * PIECE, (at + 1) * PIECE))
}

function pieceKey(key: string, side: string, at: number): string {
  return `${PIECES}${key}/${side}/${at}`
}

function placeOf(piece: string): { key: string; side: string } | undefined {
  if (!piece.startsWith(PIECES)) return undefined
  const [, key, side] = piece.split('/')
  return { key, side }
}
