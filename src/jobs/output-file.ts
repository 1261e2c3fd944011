import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, messageOf } from '../errors/thrown.js'

/** Parts of the output that are kept: the first one and the last three. */
const PARTS = 4

/** Where the output of a job is kept. */
export interface OutputPlace {
  readonly folder: string
  /** Beginning of the names of its files. */
  readonly name: string
  readonly partBytes: number
}

export function partBytesOf(fileBytes: number): number {
  return Math.ceil(fileBytes / PARTS)
}

/** Writes output into files of equal size, and removes those in the middle. */
export class OutputWriter {
  readonly #place: OutputPlace
  #part = -1
  #file: FileHandle | undefined
  #bytes = 0
  #fault: string | undefined

  constructor(place: OutputPlace) {
    this.#place = place
  }

  /** Bytes that were written, and can be read unless they are in a part that was removed. */
  get bytes(): number {
    return this.#bytes
  }

  /** Why nothing more is written. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** Resolves when the bytes are written. Nothing is written after a fault. */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length && this.#fault === undefined; ) {
        const room = await this.#room()
        const { bytesWritten } = await room.file.write(bytes, at, Math.min(room.bytes, bytes.length - at))
        at += bytesWritten
        this.#bytes += bytesWritten
      }
    } catch (error) {
      this.#fault = messageOf(error)
    }
  }

  async close(): Promise<void> {
    await this.#file?.close().catch(() => undefined)
    this.#file = undefined
  }

  async #room(): Promise<{ file: FileHandle; bytes: number }> {
    const { partBytes } = this.#place
    const part = Math.floor(this.#bytes / partBytes)
    const left = (part + 1) * partBytes - this.#bytes
    if (this.#file !== undefined && part === this.#part) return { file: this.#file, bytes: left }
    await this.close()
    this.#part = part
    const removed = part - PARTS + 1
    if (removed > 0) await rm(partFile(this.#place, removed), { force: true })
    const file = await open(partFile(this.#place, part), 'w', 0o600)
    this.#file = file
    return { file, bytes: left }
  }
}

export interface OutputPiece {
  /** Where the piece begins: later than asked if the part asked for is gone. */
  at: number
  bytes: Uint8Array
}

/** Reads up to `limit` bytes from an offset before `end`; undefined if nothing is left from there. */
export async function readOutput(
  place: OutputPlace,
  from: number,
  end: number,
  limit: number,
): Promise<OutputPiece | undefined> {
  for (let at = from; at < end; at = (Math.floor(at / place.partBytes) + 1) * place.partBytes) {
    const piece = await readPart(place, at, Math.min(limit, end - at))
    if (piece !== undefined && piece.length > 0) return { at, bytes: piece }
  }
  return undefined
}

async function readPart(place: OutputPlace, at: number, limit: number): Promise<Uint8Array | undefined> {
  const { partBytes } = place
  const part = Math.floor(at / partBytes)
  let file: FileHandle
  try {
    file = await open(partFile(place, part), 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const offset = at % partBytes
    const bytes = Buffer.alloc(Math.min(limit, partBytes - offset))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, offset)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Removes the files of all outputs whose name is over. */
export async function removeOutputs(folder: string, isOver: (name: string) => boolean): Promise<void> {
  const files = await readdir(folder).catch(() => [])
  const over = files.filter((file) => isOver(file.split('.')[0]))
  await Promise.all(over.map((file) => rm(join(folder, file), { force: true })))
}

function partFile({ folder, name }: OutputPlace, part: number): string {
  return join(folder, `${name}.${part}`)
}

/** Bytes up to the end of the last part. */
export async function sizeOfOutput({ folder, name, partBytes }: OutputPlace): Promise<number> {
  const files = await readdir(folder).catch(() => [])
  const parts = files.filter((file) => file.startsWith(`${name}.`)).map((file) => Number(file.split('.')[1]))
  if (parts.length === 0) return 0
  const last = Math.max(...parts)
  const { size } = await stat(join(folder, `${name}.${last}`))
  return last * partBytes + size
}
