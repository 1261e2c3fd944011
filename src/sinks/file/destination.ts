import { readdir, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathEnvironment } from '../../config/home.js'
import { expandHome } from '../../config/paths.js'
import { TrustedPlace } from '../../config/trusted-file.js'
import { messageOf } from '../../errors/thrown.js'
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
      throw new DeliveryFault('unavailable', messageOf(error))
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

  /**
   * Renames the file to its name and the time, and removes the oldest ones. After a clock was set back, the time is later
   * than that of the newest one: their names stay in the order in which they were written.
   */
  async #rotate(): Promise<void> {
    using folder = TrustedPlace.find(dirname(this.#path))
    const base = basename(this.#path)
    const old = (await readdir(folder.path)).filter((name) => isRotated(name, base)).sort()
    const newest = old.at(-1)
    const time = Math.max(this.#runtime.now(), newest === undefined ? 0 : timeIn(newest) + MILLISECOND)
    await rename(join(folder.path, base), join(folder.path, `${base}.${stampOf(time)}`))
    const { keep } = this.#config.rotate
    for (const name of old.slice(0, Math.max(0, old.length + 1 - keep))) await unlink(join(folder.path, name))
  }

  get #now(): number {
    return this.#runtime.now() / 1000
  }
}

const STAMP = /\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3})\d{3}Z$/
/** µs */
const MILLISECOND = 1000

function isRotated(name: string, base: string): boolean {
  return name.startsWith(`${base}.`) && STAMP.test(name.slice(base.length))
}

function stampOf(micros: number): string {
  return formatTime(micros).replace(/[-:]/g, '')
}

/** The time in the name of a renamed file, to the millisecond, µs. */
function timeIn(name: string): number {
  return Date.parse(name.replace(STAMP, '#$1-$2-$3T$4:$5:$6Z').replace(/^.*#/, '')) * 1000
}
