import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Client, EventBatch, GapStatus } from '../../../client/api.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { formatCursor, parseCursor } from '../../../event/cursor.js'
import { Flag, frameFlags, frameSeq } from '../../../event/frame.js'
import { parsePosition } from '../../../event/position.js'
import type { ConsumerInfo, LogInfo } from '../../../methods/contract/index.js'
import { makeFolders } from '../../../storage/folder.js'
import type { HubOptions } from '../../help/options.js'
import { call, withHub } from '../../hub/connect.js'
import { reportedWork } from '../../hub/reported-work.js'
import { StreamNotes } from '../../hub/stream-notes.js'
import type { Io } from '../../io.js'
import { formatBytes, plural } from '../../terminal/figures.js'
import { Progress } from '../../terminal/progress.js'
import { type Manifest, readManifest, writeManifest } from './backup/manifest.js'
import { PARTIAL, PartWriter } from './backup/part-writer.js'

export interface BackupOptions extends HubOptions {
  from?: string
}

/** Copies what is in the log into a folder, up to the end as it is now; what the folder has already is not read again. */
export async function backupLog(io: Io, folder: string, options: BackupOptions): Promise<void> {
  const known = openFolder(folder, options)
  await withHub(io, { ...options, silent: true }, async (client) => {
    const { log } = await call(io, client, 'hub.status', {}, options)
    const { epoch, hub } = client.welcome
    if (known !== undefined && known.epoch !== epoch) {
      throw new TocsinError(
        'TCN_BACKUP_FOREIGN',
        `${folder} is a backup of the log ${known.epoch}, not of ${epoch}`,
      )
    }
    const from = known?.from ?? (await firstSeq(io, client, options.from, log))
    if (from > log.last + 1)
      throw new TocsinError('TCN_USAGE', `--from @${from}: the log ends at @${log.last}`)
    const manifest: Manifest = known ?? {
      format: 1,
      epoch,
      hub: hub.name,
      from,
      last: from - 1,
      updated: '',
      parts: [],
      gaps: [],
      consumers: [],
    }
    const before = manifest.parts.length
    const backup = new Backup(io, client, folder, manifest)
    await reportedWork(io, client, 'backup', () => backup.run(log.last))
    const added = manifest.parts.slice(before)
    const [events, bytes] = [sum(added, 'events'), sum(added, 'bytes')]
    io.note(`${plural(events, 'event')}, ${formatBytes(bytes)} added; complete up to @${manifest.last}`)
    io.out.line(formatCursor(epoch, manifest.last))
  })
}

/** Nothing is known of a folder that has no manifest. */
function openFolder(folder: string, { from }: BackupOptions): Manifest | undefined {
  try {
    makeFolders(folder, 0o700)
  } catch (error) {
    throw new TocsinError('TCN_FILE_UNWRITABLE', messageOf(error), { cause: error })
  }
  const known = readManifest(folder)
  if (known !== undefined && from !== undefined)
    throw new TocsinError(
      'TCN_USAGE',
      `${folder} has a backup, which continues by itself: --from is for a new folder`,
    )
  for (const name of readdirSync(folder)) if (name.endsWith(PARTIAL)) rmSync(join(folder, name))
  return known
}

/** The number of the first event at or after a position. */
async function firstSeq(
  io: Io,
  client: Client,
  from: string | undefined,
  { first, last }: LogInfo,
): Promise<number> {
  if (from === undefined) return first
  const position = parsePosition(from)
  if (position.at === 'seq') return position.seq
  if (position.at === 'cursor') return position.seq + 1
  const subscription = client.read(undefined, { from, to: `@${last}`, signal: io.signal })
  try {
    for await (const event of subscription.events()) if (!event.synthetic) return event.seq
  } finally {
    await subscription.close()
  }
  return last + 1
}

function sum<Name extends string>(parts: readonly Record<Name, number>[], name: Name): number {
  return parts.reduce((total, part) => total + part[name], 0)
}

class Backup {
  readonly #io: Io
  readonly #client: Client
  readonly #folder: string
  readonly #manifest: Manifest
  readonly #progress: Progress
  #part: PartWriter | undefined
  #bytes = 0

  constructor(io: Io, client: Client, folder: string, manifest: Manifest) {
    this.#io = io
    this.#client = client
    this.#folder = folder
    this.#manifest = manifest
    this.#progress = new Progress(io, () => `backed up ${formatBytes(this.#bytes)}, up to @${manifest.last}`)
  }

  async run(last: number): Promise<void> {
    try {
      if (last > this.#manifest.last) await this.#copy(last)
      this.#manifest.consumers = await this.#consumers()
      this.#save()
    } finally {
      // The events so far are kept, also when it is cut off here.
      await this.#finishPart().catch(() => this.#part?.abandon())
      this.#progress.end()
    }
  }

  async #copy(last: number): Promise<void> {
    const { epoch, from } = this.#manifest
    const after = this.#manifest.last
    const start = this.#manifest.parts.length === 0 ? `@${Math.max(from, 1)}` : formatCursor(epoch, after)
    const notes = new StreamNotes(this.#io, {})
    const subscription = this.#client.read(undefined, {
      from: start,
      to: `@${last}`,
      signal: this.#io.signal,
    })
    for await (const item of subscription.batches()) {
      if (item.status === undefined) await this.#add(item)
      else if (item.status === 'gap') this.#gap(item)
      if (item.status !== undefined) notes.note(item)
    }
    await this.#finishPart()
    this.#manifest.last = last
  }

  async #add(batch: EventBatch): Promise<void> {
    const first = firstStored(batch)
    if (first === undefined) return
    this.#part ??= await PartWriter.begin(this.#folder, first, this.#client)
    await this.#part.add(batch)
    this.#bytes += batch.bytes.length
    this.#progress.tick()
    if (this.#part.isFull) await this.#finishPart()
  }

  #gap({ from, to, why }: GapStatus): void {
    if (why === 'unknown-epoch') throw new TocsinError('TCN_BACKUP_FOREIGN')
    this.#manifest.gaps.push({ from, to, why })
  }

  async #finishPart(): Promise<void> {
    const part = this.#part
    this.#part = undefined
    if (part === undefined) return
    const finished = await part.finish()
    this.#manifest.parts.push(finished)
    this.#manifest.last = finished.last
    this.#save()
  }

  #save(): void {
    this.#manifest.updated = new Date().toISOString()
    writeManifest(this.#folder, this.#manifest)
  }

  async #consumers(): Promise<Manifest['consumers']> {
    const { consumers } = await call(this.#io, this.#client, 'consumers.list', {}).catch(noneIfDenied)
    return consumers.map(({ name, filter, cursor, created }) => {
      return { name, filter, taken: parseCursor(cursor).seq, created }
    })
  }
}

/** Number of the first event that is in the log, and not made for this connection only. */
function firstStored(batch: EventBatch): number | undefined {
  let first: number | undefined
  batch.forEach((bytes, at) => {
    if ((frameFlags(bytes, at) & Flag.synthetic) === 0) first ??= frameSeq(bytes, at)
  })
  return first
}

/** A principal without the right to any consumer has none to back up. */
function noneIfDenied(error: unknown): { consumers: ConsumerInfo[] } {
  if (TocsinError.is(error, 'TCN_ACCESS_DENIED')) return { consumers: [] }
  throw error
}
