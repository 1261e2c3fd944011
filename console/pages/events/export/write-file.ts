import type { Event } from 'tocsin/browser'
import type { EventPage, Histogram } from '../../../../src/methods/contract/index.js'
import { eventsIn } from '../../../hub/frames.js'
import { hub } from '../../../hub/live.js'
import { knownTypes } from '../../../hub/types.js'
import { endOfLog } from '../log-pages.js'
import type { FilterInput } from '../query.js'
import type { Range } from '../range.js'
import { type Format, heads, lineOf } from './lines.js'

/** A file is made in memory first, as not all browsers can write one in parts. */
const MAX_BYTES = 256 * 2 ** 20
const PAGE = 2000

export interface ExportProgress {
  readonly events: number
  /** All that are to be written, if the hub has counted them. */
  readonly total: number | undefined
}

export interface ExportedFile {
  readonly file: Blob
  readonly events: number
  /** True if there are more than fit into a file. */
  readonly isCut: boolean
}

interface ExportOptions {
  filters: FilterInput | undefined
  range: Range
  format: Format
  signal: AbortSignal
  onProgress(progress: ExportProgress): void
}

/** Writes the events of a filter and a time into a file, but none that come meanwhile. */
export async function writeFile(options: ExportOptions): Promise<ExportedFile> {
  const { filters, range, format, signal, onProgress } = options
  const client = await hub()
  const { epoch } = client.welcome
  const { typeOf } = await knownTypes()
  const { edges } = range
  const to = range.to ?? (edges === undefined ? await endOfLog(signal) : new Date().toISOString())
  let total: number | undefined
  // The file is written all the same without the number.
  void client
    .request<Histogram>('events.histogram', { filters, edges, from: range.from, to, buckets: 1 }, { signal })
    .then(
      (counts) => {
        total = counts.total
      },
      () => {},
    )
  const parts: Blob[] = [new Blob([heads[format] === undefined ? '' : `${heads[format]}\r\n`])]
  const end = format === 'csv' ? '\r\n' : '\n'
  let events = 0
  let bytes = 0
  for (let from: string | undefined = range.from; from !== undefined && bytes < MAX_BYTES; ) {
    const asked = { filters, edges, from, to, limit: PAGE }
    const page: EventPage = await client.request<EventPage>('events.read', asked, { signal })
    const lines = eventsIn(page.frames, page.count).map((event) => lineOf(event, format, { epoch, typeOf }))
    const part = new Blob([lines.map((line) => line + end).join('')])
    parts.push(part)
    bytes += part.size
    events += page.count
    from = page.next
    if (from === undefined) return { file: new Blob(parts), events, isCut: false }
    onProgress({ events, total })
  }
  return { file: new Blob(parts), events, isCut: true }
}

/** Lets the browser keep a file under this name. */
export function keepFile(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/** The name of a file: when its events were read. */
export function fileName(format: Format): string {
  const time = new Date().toISOString().slice(0, 19).replace(/\D/g, '')
  return `tocsin-${time}.${format}`
}

/** The lines of events that are loaded. */
export async function linesOf(events: readonly Event[], format: Format): Promise<string> {
  const [client, { typeOf }] = await Promise.all([hub(), knownTypes()])
  const view = { epoch: client.welcome.epoch, typeOf }
  const lines = events.map((event) => lineOf(event, format, view))
  return [...(heads[format] === undefined ? [] : [heads[format]]), ...lines].join('\n')
}
