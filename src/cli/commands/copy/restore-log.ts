import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { encodeRecord } from '../../../bus/consumers/consumer-record.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { eventTypes } from '../../../hub/event-types.js'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import { restoreLmdbLog } from '../../../log/index.js'
import { openLmdbState } from '../../../state/index.js'
import { hubTypes, TypeRegistry } from '../../../types/index.js'
import type { Io } from '../../io.js'
import { plural } from '../../terminal/figures.js'
import { Progress } from '../../terminal/progress.js'
import { type Manifest, readManifest } from './backup/manifest.js'
import { readPart } from './backup/part-reader.js'
import { FreshFolder } from './fresh-folder.js'

export interface RestoreOptions {
  data?: string
  check?: boolean
}

interface Source {
  folder: string
  manifest: Manifest
}

/** Makes a data folder from backups, oldest first; with `check` only looks whether that would go. */
export async function restoreLog(io: Io, folders: readonly string[], options: RestoreOptions): Promise<void> {
  const sources = chain(folders)
  if (options.check) return checkAll(io, sources)
  if (options.data === undefined)
    throw new TocsinError('TCN_USAGE', 'name a new data folder with --data, or give --check')
  const data = resolve(options.data)
  const fresh = new FreshFolder(`${data}.restoring`)
  checkEmpty(data)
  fresh.check()
  await checkAll(io, sources)
  const reading = new Reading(io, sources, 'restored')
  const epoch = await fresh.fill((folder) => build(folder, reading, sources[sources.length - 1].manifest))
  // An empty folder gives way; one that was filled meanwhile does not.
  renameSync(fresh.path, data)
  io.note(`${plural(reading.events, 'event')} up to @${reading.last} restored to ${data}`)
  io.out.line(epoch)
}

/** Reads everything, so that nothing is written of a backup that is damaged. */
async function checkAll(io: Io, sources: readonly Source[]): Promise<void> {
  const reading = new Reading(io, sources, 'checked')
  for await (const _ of reading.pieces()) io.signal.throwIfAborted()
  io.note(`${plural(reading.events, 'event')} up to @${reading.last}: no damage found`)
}

function chain(folders: readonly string[]): Source[] {
  const sources = folders.map((folder) => {
    const manifest = readManifest(folder)
    if (manifest === undefined) throw new TocsinError('TCN_BACKUP_INVALID', `${folder} has no manifest.json`)
    return { folder, manifest }
  })
  for (const [at, { folder, manifest }] of sources.entries()) {
    const before = sources[at - 1]?.manifest
    if (before === undefined) continue
    if (before.epoch !== manifest.epoch)
      throw new TocsinError('TCN_BACKUP_FOREIGN', `${folder} is of another log than the backup before it`)
    if (manifest.from > before.last + 1)
      throw new TocsinError(
        'TCN_BACKUP_INVALID',
        `@${before.last + 1} to @${manifest.from - 1} are in no backup`,
      )
  }
  return sources
}

function checkEmpty(data: string): void {
  if (existsSync(data) && readdirSync(data).length > 0)
    throw new TocsinError('TCN_RESTORE_NOT_EMPTY', `${data} is not empty`)
}

class Reading {
  last = 0
  events = 0
  readonly #io: Io
  readonly #sources: readonly Source[]
  readonly #done: string

  /** `done`: the verb of the progress. */
  constructor(io: Io, sources: readonly Source[], done: string) {
    this.#io = io
    this.#sources = sources
    this.#done = done
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    const progress = new Progress(
      this.#io,
      () => `${this.#done} ${plural(this.events, 'event')}, up to @${this.last}`,
    )
    try {
      for (const { folder, manifest } of this.#sources) {
        for (const part of manifest.parts) {
          for await (const piece of readPart(folder, part, this.last)) {
            this.#io.signal.throwIfAborted()
            progress.tick()
            yield piece
          }
          if (part.last > this.last) this.events += part.events
          this.last = Math.max(this.last, part.last)
        }
      }
    } finally {
      progress.end()
    }
  }
}

async function build(folder: string, reading: Reading, { consumers }: Manifest): Promise<string> {
  const runtime = nodeRuntime()
  const types = new TypeRegistry(hubTypes, ...eventTypes)
  const { epoch } = await restoreLmdbLog(
    {
      runtime,
      folder: join(folder, 'log'),
      typeOf: (tag) => types.typeOf(tag),
      typeOfBytes: types.typeOfBytes,
    },
    reading.pieces(),
  )
  const state = await openLmdbState({ runtime, folder: join(folder, 'state') })
  try {
    const records = consumers.map(({ name, filter, created, taken }) => {
      const position = { epoch, taken: Math.min(taken, reading.last), open: [] }
      return [name, encodeRecord({ filter, created, position })] as const
    })
    await state.bucket('consumers').putAll(records)
  } finally {
    await state.close()
  }
  return epoch
}
