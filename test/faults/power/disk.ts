import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Random } from '../../fuzz/mutations.js'
import { bytesIn, type SystemCall } from './system-calls.js'

/** What a disk writes as a whole, bytes. */
const SECTOR = 512

/** A change of the bytes of a file. */
interface Change {
  ended: number
  at: number
  /** Undefined: the file is cut, or extended with zeros, to `at`. */
  bytes: Buffer | undefined
}

class File {
  readonly flushed: Content
  unflushed: Change[] = []
  size: number
  isChanged = false

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.flushed = new Content(bytes)
    this.size = bytes.length
  }
}

interface OpenFile {
  node: File | string
  at: number
  appends: boolean
  /** Whether each write is flushed by itself. */
  isFlushed: boolean
}

/** A change of names, in the order in which a file system with a journal keeps them. */
interface Renaming {
  paths: string[]
  apply(names: Map<string, File | 'folder'>): void
}

/** What files had before the process began, by their names. */
export type Before = ReadonlyMap<string, Buffer | 'folder'>

/**
 * What a process has done to the files of a folder until the power failed, from its system calls. Names are kept in their
 * order, those before a flush of their folder for certain; the bytes that a file got after its last flush are kept or not,
 * each sector by itself.
 */
export class Disk {
  readonly #folder: string
  readonly #names = new Map<string, File | 'folder'>()
  readonly #open = new Map<number, OpenFile>()
  /** Where all descriptors lead, also those to other folders: the hub walks along a path by them. */
  readonly #paths = new Map<number, string>()
  readonly #renamings: Renaming[] = []
  /** How many of them lead to the names of before. */
  readonly #before: number
  #kept = 0

  constructor(folder: string, calls: readonly SystemCall[], cut: number, before: Before = new Map()) {
    this.#folder = folder
    for (const [path, content] of before) {
      const node = content === 'folder' ? content : new File(content)
      this.#rename([path], (names) => names.set(path, node))
    }
    this.#kept = this.#renamings.length
    this.#before = this.#kept
    for (const call of calls) {
      const isUnderWay = call.ended > cut
      if (call.began > cut || (isUnderWay && !/write/.test(call.name)) || call.result < 0) continue
      this.#take(isUnderWay ? { ...call, ended: Number.POSITIVE_INFINITY } : call)
    }
  }

  /** Writes what the disk has when the power is back. `share`: of what was not flushed, how many of 100 sectors it has. */
  restore(target: string, random: Random, share: number): void {
    for (const [path, node] of this.#left(random, share)) {
      const there = join(target, relative(this.#folder, path))
      mkdirSync(node === 'folder' ? there : dirname(there), { recursive: true, mode: 0o700 })
      if (node !== 'folder') writeFileSync(there, contentOf(node, random, share), { mode: 0o600 })
    }
  }

  /** Leaves in the folder itself what the disk has. Files that the process has not changed stay as they are. */
  lose(random: Random, share: number): void {
    const left = this.#left(random, share)
    const renamed = new Set(this.#renamings.slice(this.#before).flatMap(({ paths }) => paths))
    for (const path of renamed) if (!left.has(path)) rmSync(path, { recursive: true, force: true })
    for (const [path, node] of left) {
      if (node === 'folder') mkdirSync(path, { recursive: true, mode: 0o700 })
      else if (node.isChanged || renamed.has(path)) {
        // Another file than the one that a killed process may still have mapped.
        rmSync(path, { force: true })
        writeFileSync(path, contentOf(node, random, share), { mode: 0o600 })
      }
    }
  }

  #left(random: Random, share: number): Map<string, File | 'folder'> {
    const names = new Map<string, File | 'folder'>()
    const unsure = this.#renamings.length - this.#kept
    const kept = this.#kept + (share === 0 ? 0 : share === 100 ? unsure : random(unsure + 1))
    for (const { apply } of this.#renamings.slice(0, kept)) apply(names)
    return names
  }

  #take(call: SystemCall): void {
    const { name, text } = call
    const number = Number.parseInt(text, 10)
    if (/^(open|creat)/.test(name)) this.#opened(call)
    else if (name === 'close') this.#open.delete(number)
    else if (/^(rename|link|unlink|mkdir|rmdir)/.test(name)) this.#renamed(call)
    else {
      const file = this.#open.get(number)
      if (file === undefined) return
      if (name === 'lseek') file.at = call.result
      else if (name === 'fsync' || name === 'fdatasync') this.#flushed(file, call.began)
      else if (file.node instanceof File) this.#changed(file, file.node, call)
    }
  }

  #opened(call: SystemCall): void {
    const path = this.#resolved(bytesIn(call)[0]?.toString() ?? '')
    this.#open.delete(call.result)
    this.#paths.set(call.result, path)
    if (!path.startsWith(this.#folder)) return
    const known = this.#names.get(path)
    if (known === 'folder' || path === this.#folder) {
      this.#open.set(call.result, { node: path, at: 0, appends: false, isFlushed: false })
      return
    }
    // Files of others that it reads.
    if (known === undefined && !/O_CREAT|^creat/.test(call.name + call.text)) return
    const node = known ?? new File()
    if (known === undefined) this.#rename([path], (names) => names.set(path, node))
    if (call.text.includes('O_TRUNC') && node.size > 0) {
      node.unflushed.push({ ended: call.ended, at: 0, bytes: undefined })
      node.size = 0
      node.isChanged = true
    }
    const appends = call.text.includes('O_APPEND')
    this.#open.set(call.result, { node, at: 0, appends, isFlushed: /O_D?SYNC/.test(call.text) })
  }

  #resolved(path: string): string {
    const [, descriptor, rest = ''] = /^\/proc\/self\/fd\/(\d+)(?:\/(.*))?$/.exec(path) ?? []
    const start = this.#paths.get(Number(descriptor))
    return start === undefined ? path : resolve(start, rest)
  }

  #renamed(call: SystemCall): void {
    const [from, to] = bytesIn(call).map(String)
    if (!from.startsWith(this.#folder)) return
    if (call.name.startsWith('mkdir')) this.#rename([from], (names) => names.set(from, 'folder'))
    else if (call.name.startsWith('link')) this.#rename([from, to], (names) => link(names, from, to))
    else if (!call.name.startsWith('rename')) this.#rename([from], (names) => names.delete(from))
    else this.#rename([from, to], (names) => move(names, from, to))
  }

  #rename(paths: string[], apply: Renaming['apply']): void {
    this.#renamings.push({ paths, apply })
    apply(this.#names)
  }

  #flushed({ node }: OpenFile, began: number): void {
    if (node instanceof File) {
      const isBefore = ({ ended }: Change) => ended < began
      for (const change of node.unflushed.filter(isBefore)) node.flushed.change(change)
      node.unflushed = node.unflushed.filter((change) => !isBefore(change))
    } else {
      const last = this.#renamings.findLastIndex(({ paths }) => paths.some((path) => dirname(path) === node))
      this.#kept = Math.max(this.#kept, last + 1)
    }
  }

  #changed(file: OpenFile, node: File, call: SystemCall): void {
    const { name, text, ended } = call
    const last = Number(text.slice(text.lastIndexOf(',') + 1))
    const bytes = name === 'ftruncate' ? undefined : Buffer.concat(bytesIn(call))
    const isPlaced = name.startsWith('pwrite') || bytes === undefined
    const at = isPlaced ? last : file.appends ? node.size : file.at
    const end = at + (bytes?.length ?? 0)
    if (!isPlaced) file.at = end
    node.size = bytes === undefined ? at : Math.max(node.size, end)
    const change = { ended, at, bytes }
    node.isChanged = true
    if (file.isFlushed && Number.isFinite(ended)) node.flushed.change(change)
    else node.unflushed.push(change)
  }
}

function link(names: Map<string, File | 'folder'>, from: string, to: string): void {
  const node = names.get(from)
  if (node !== undefined) names.set(to, node)
}

function move(names: Map<string, File | 'folder'>, from: string, to: string): void {
  for (const [path, node] of [...names]) {
    if (path !== from && !path.startsWith(`${from}/`)) continue
    names.delete(path)
    names.set(to + path.slice(from.length), node)
  }
}

/** The bytes of a file, in a place that grows by more than what is written. */
class Content {
  #room: Buffer
  #length: number

  constructor(bytes: Buffer) {
    this.#room = Buffer.from(bytes)
    this.#length = bytes.length
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length)
  }

  change({ at, bytes }: Pick<Change, 'at' | 'bytes'>): void {
    const length = bytes === undefined ? at : Math.max(this.#length, at + bytes.length)
    if (length > this.#room.length) {
      const room = Buffer.alloc(2 * length)
      this.bytes.copy(room)
      this.#room = room
    }
    if (length < this.#length) this.#room.fill(0, length, this.#length)
    this.#length = length
    bytes?.copy(this.#room, at)
  }
}

function contentOf({ flushed, unflushed }: File, random: Random, share: number): Buffer {
  const content = new Content(flushed.bytes)
  for (const { at, bytes } of unflushed) {
    if (bytes === undefined) {
      if (random(100) < share) content.change({ at, bytes })
      continue
    }
    for (let from = 0; from < bytes.length; from += SECTOR) {
      if (random(100) >= share) continue
      content.change({ at: at + from, bytes: bytes.subarray(from, from + SECTOR) })
    }
  }
  return content.bytes
}
