import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Client, EventBatch, GapStatus } from '../client/api.js'
import { formatCursor, parseCursor } from '../event/cursor.js'
import { TocsinError } from '../event/errors.js'
import { Flag, frameFlags, frameSeq } from '../event/frame.js'
import { encodeRecord } from '../faces/native/codec.js'
import { makeFolders } from '../lmdb/make-folders.js'
import { type Manifest, readManifest, writeManifest } from './backup/manifest.js'
import { PARTIAL, PartWriter } from './backup/part-writer.js'
import type { BackupOptions } from './commands/backup.js'
import { formatBytes, plural } from './figures.js'
import { call, withHub } from './hub.js'
import type { Io } from './io.js'
import { Progress } from './progress.js'
import { StreamNotes } from './stream-notes.js'

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
    const from = known?.from ?? firstSeq(options.from, log.first)
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
    await new Backup(io, client, folder, manifest).run(log.last)
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
    throw new TocsinError('TCN_FILE_UNWRITABLE', (error as Error).message, { cause: error })
  }
  const known = readManifest(folder)
  if (known !== undefined && from !== undefined)
    throw new TocsinError(
      'TCN_USAGE',
      `${folder} has a backup, which goes on by itself: --from is for a new folder`,
    )
  for (const name of readdirSync(folder)) if (name.endsWith(PARTIAL)) rmSync(join(folder, name))
  return known
}

/** `@4711`, or the cursor that the backup before printed. */
function firstSeq(from: string | undefined, first: number): number {
  if (from === undefined) return first
  const seq = /^@(\d{1,15})$/.exec(from)?.[1]
  return seq === undefined ? parseCursor(from).seq + 1 : Number(seq)
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
      // What has come so far is kept, also when it is cut off here.
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
    const { bytes, count, first } = storedFrames(batch)
    if (count === 0) return
    this.#part ??= await PartWriter.begin(this.#folder, first, encodeRecord('welcome', this.#client.welcome))
    await this.#part.add(bytes, count, batch.lastSeq)
    this.#bytes += bytes.length
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
    const { consumers } = await call(this.#io, this.#client, 'consumers.list', {})
    return consumers.map(({ name, filter, cursor, created }) => {
      return { name, filter, taken: parseCursor(cursor).seq, created }
    })
  }
}

/** Without events made for this connection only, which the log does not have. */
function storedFrames(batch: EventBatch): { bytes: Uint8Array; count: number; first: number } {
  const frames: { bytes: Uint8Array; at: number }[] = []
  batch.forEach((bytes, at) => {
    if ((frameFlags(bytes, at) & Flag.synthetic) === 0) frames.push({ bytes, at })
  })
  const first = frames.length === 0 ? 0 : frameSeq(frames[0].bytes, frames[0].at)
  if (frames.length === batch.count) return { bytes: batch.bytes, count: frames.length, first }
  const events = batch.events().filter((event) => !event.synthetic)
  const bytes = Buffer.concat(events.map((event) => event.bytes.subarray(event.at, event.end)))
  return { bytes, count: events.length, first }
}
