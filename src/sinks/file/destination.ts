import { readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathEnvironment } from '../../config/home.js'
import { expandHome } from '../../config/paths.js'
import type { Event } from '../../event/event.js'
import { formatTime } from '../../event/position.js'
import type { Runtime } from '../../event/runtime.js'
import { flush } from '../../storage/folder.js'
import { DeliveryFault } from '../delivery-fault.js'
import { areShort, buffersOf, eventJson, lengthOf, type Pieces } from '../event-json.js'
import type { Destination, EventView, SinkWork } from '../sink.js'
import type { FileSinkConfig } from './config.js'
import { LineFile } from './line-file.js'

/** Appends events to a file, one line of CloudEvents JSON each. */
export class FileDestination implements Destination {
  readonly #config: FileSinkConfig
  readonly #path: string
  readonly #view: EventView
  readonly #runtime: Runtime
  readonly #work: SinkWork
  #file: LineFile | undefined

  constructor(config: FileSinkConfig, view: EventView, runtime: Runtime, work: SinkWork) {
    this.#work = work
    this.#config = config
    this.#path = expandHome(config.path, pathEnvironment())
    this.#view = view
    this.#runtime = runtime
  }

  async deliver(events: readonly Event[]): Promise<void> {
    const lines = await this.#work(buffersOf(this.#lines(events)), areShort(events))
    try {
      const file = await this.#fileFor(lengthOf(lines))
      await file.append(lines, this.#config.sync)
    } catch (error) {
      await this.close()
      throw new DeliveryFault('unavailable', (error as Error).message)
    }
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  *#lines(events: readonly Event[]): Pieces {
    for (const event of events) {
      yield* eventJson(event, this.#view)
      yield '\n'
    }
  }

  /** The open file; another one if it is full or old, or somebody has moved it. */
  async #fileFor(bytes: number): Promise<LineFile> {
    if (this.#file !== undefined && !(await this.#file.isAt(this.#path))) await this.close()
    const file = this.#file ?? (await this.#open())
    if (!this.#isOver(file, bytes)) return file
    await this.close()
    await this.#rotate()
    return await this.#open()
  }

  /** With `sync`, the name of a new file, and that of the one before, are flushed as well: they are in the folder. */
  async #open(): Promise<LineFile> {
    this.#file = await LineFile.open(this.#path, this.#now)
    if (this.#config.sync) await flush(dirname(this.#path))
    return this.#file
  }

  #isOver({ size, begun }: LineFile, bytes: number): boolean {
    const { size: most = Number.POSITIVE_INFINITY, every = Number.POSITIVE_INFINITY } = this.#config.rotate
    return size > 0 && (size + bytes > most || this.#now - begun >= every)
  }

  /** Renames the file to its name and the time, and removes the oldest ones. */
  async #rotate(): Promise<void> {
    const stamp = formatTime(this.#runtime.now()).replace(/[-:]/g, '')
    await rename(this.#path, `${this.#path}.${stamp}`)
    const folder = dirname(this.#path)
    const old = (await readdir(folder)).filter((name) => isRotated(name, basename(this.#path))).sort()
    for (const name of old.slice(0, -this.#config.rotate.keep)) await unlink(join(folder, name))
  }

  get #now(): number {
    return this.#runtime.now() / 1000
  }
}

function isRotated(name: string, base: string): boolean {
  return name.startsWith(`${base}.`) && /^\d{8}T[\d.]+Z$/.test(name.slice(base.length + 1))
}
