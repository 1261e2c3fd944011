import type { StoredPlace } from './server-copy.js'

/** Ranges that are kept apart. Later differences make the last one longer. */
export const MAX_RANGES = 100

/** Places at which servers have something else than each other. */
export interface Difference {
  from: number
  to: number
  /** Number of places in the range that differ. */
  places: number
  /** The copies of the first place, each with the servers that have it. */
  copies: DifferentCopy[]
}

export interface DifferentCopy {
  servers: string[]
  /** Nothing without it. */
  subject?: string
  /** When it was stored, µs since the epoch. */
  time?: number
}

/** The copy of one place at a server. */
export interface PlaceCopy {
  server: string
  place: StoredPlace | undefined
}

/** The places that differ, in ranges of the same servers. */
export class Differences {
  readonly ranges: Difference[] = []
  /** The last range and what it has in common; undefined once a place is equal again. */
  #open: { range: Difference; kind: string } | undefined

  get places(): number {
    return this.ranges.reduce((sum, { places }) => sum + places, 0)
  }

  /** Takes a place, later than those before. Returns whether it is the same everywhere. */
  add(seq: number, found: readonly PlaceCopy[]): boolean {
    const first = found[0].place?.digest
    if (found.every(({ place }) => place?.digest === first)) {
      this.#open = undefined
      return true
    }
    const copies = copiesOf(found)
    const kind = JSON.stringify(copies.map(({ servers, subject }) => [servers, subject !== undefined]))
    if (this.#open?.kind === kind || this.ranges.length === MAX_RANGES) this.#extend(seq)
    else {
      const range = { from: seq, to: seq, places: 1, copies }
      this.ranges.push(range)
      this.#open = { range, kind }
    }
    return false
  }

  #extend(seq: number): void {
    const range = this.ranges[this.ranges.length - 1]
    range.to = seq
    range.places++
  }

  has(seq: number): boolean {
    return this.ranges.some(({ from, to }) => from <= seq && seq <= to)
  }
}

/** Returns the different copies of a place; the one that most servers have is the first. */
function copiesOf(found: readonly PlaceCopy[]): DifferentCopy[] {
  const copies = new Map<string, DifferentCopy>()
  for (const { server, place } of found) {
    const known = copies.get(place?.digest ?? '')
    if (known !== undefined) known.servers.push(server)
    else
      copies.set(place?.digest ?? '', {
        servers: [server],
        ...(place && { subject: place.subject, time: place.time }),
      })
  }
  return [...copies.values()].sort((one, other) => other.servers.length - one.servers.length)
}
