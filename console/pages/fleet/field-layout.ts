import type { HostGroup } from './groups.js'
import type { FleetHost } from './hosts.js'

/** The room of a group: its title, and below it squares in rows. */
export interface Block {
  readonly name: string
  /** The number of the first of its hosts. */
  readonly first: number
  readonly count: number
  readonly columns: number
  readonly x: number
  readonly y: number
  readonly width: number
}

export interface FieldOptions {
  readonly width: number
  readonly height: number
  /** Distances of squares, the largest first: it takes the first for which all fit, or the last. */
  readonly pitches: readonly number[]
}

/** Room for the title of a group, and between groups, px. */
const TITLE = 20
const GAP = 16
/** Ratios of width to height of groups; the first is the usual one. */
const ASPECTS = [2, 1, 3, 5, 8, 1000]
const LEAST_WIDTH = 96

/** The places of squares. */
export class FieldLayout {
  readonly hosts: readonly FleetHost[]
  readonly pitch: number
  readonly height: number
  readonly blocks: readonly Block[]
  readonly #title: number

  constructor(groups: readonly HostGroup[], { width, height, pitches }: FieldOptions) {
    this.hosts = groups.flatMap(({ hosts }) => hosts)
    const isGrouped = groups.length > 1 || groups.some(({ name }) => name !== '')
    this.#title = isGrouped ? TITLE : 0
    const chosen = best(groups, { width, height, pitches }, this.#title)
    this.pitch = chosen.pitch
    this.height = chosen.height
    this.blocks = chosen.blocks
  }

  /** The left upper corner of a square. */
  placeOf(index: number): { x: number; y: number } {
    const block = this.blockOf(index)
    const nth = index - block.first
    return {
      x: block.x + (nth % block.columns) * this.pitch,
      y: block.y + this.#title + Math.floor(nth / block.columns) * this.pitch,
    }
  }

  /** The number of the host at this place. */
  at(x: number, y: number): number | undefined {
    for (const block of this.blocks) {
      const column = Math.floor((x - block.x) / this.pitch)
      const row = Math.floor((y - block.y - this.#title) / this.pitch)
      const nth = row * block.columns + column
      if (column >= 0 && column < block.columns && row >= 0 && nth < block.count) return block.first + nth
    }
    return undefined
  }

  blockOf(index: number): Block {
    const next = this.blocks.findIndex(({ first }) => first > index)
    return this.blocks.at(next < 0 ? -1 : next - 1)!
  }

  /** The host in the row above (-1) or below (1), also in another group. */
  beside(index: number, rows: -1 | 1): number {
    const block = this.blockOf(index)
    const nth = index - block.first
    const moved = nth + rows * block.columns
    if (moved >= 0 && moved < block.count) return block.first + moved
    const other = this.blocks[this.blocks.indexOf(block) + rows]
    if (other === undefined) return index
    const column = Math.min(nth % block.columns, other.columns - 1)
    const row = rows > 0 ? 0 : Math.floor((other.count - 1) / other.columns)
    return other.first + Math.min(row * other.columns + column, other.count - 1)
  }
}

interface Room {
  readonly pitch: number
  readonly width: number
  readonly title: number
  readonly aspect: number
}

type Placed = Pick<FieldLayout, 'pitch' | 'height' | 'blocks'>

/** The largest squares with which all groups fit, or the lowest field of the smallest. */
function best(groups: readonly HostGroup[], { width, height, pitches }: FieldOptions, title: number): Placed {
  let lowest: Placed | undefined
  for (const pitch of pitches) {
    lowest = undefined
    for (const aspect of ASPECTS) {
      const found = { pitch, ...placed(groups, { pitch, width, title, aspect }) }
      if (found.height <= height) return found
      if (lowest === undefined || found.height < lowest.height) lowest = found
    }
  }
  return lowest ?? { pitch: 1, height: 0, blocks: [] }
}

/** Groups are placed in lines, from left to right. */
function placed(groups: readonly HostGroup[], room: Room): { blocks: Block[]; height: number } {
  const blocks: Block[] = []
  let [x, y, below, first] = [0, 0, 0, 0]
  for (const { name, hosts } of groups) {
    const columns = columnsOf(hosts.length, groups.length, room)
    const width = Math.max(columns * room.pitch, Math.min(LEAST_WIDTH, room.width))
    if (x > 0 && x + width > room.width) {
      x = 0
      y = below + GAP
    }
    blocks.push({ name, first, count: hosts.length, columns, x, y, width })
    below = Math.max(below, y + room.title + Math.ceil(hosts.length / columns) * room.pitch)
    x += width + GAP
    first += hosts.length
  }
  return { blocks, height: below }
}

function columnsOf(count: number, groups: number, { pitch, width, aspect }: Room): number {
  const most = Math.max(1, Math.floor(width / pitch))
  if (groups === 1) return most
  const wanted = Math.ceil(Math.sqrt(count * aspect))
  return Math.min(most, Math.max(wanted, Math.floor(LEAST_WIDTH / pitch)))
}
