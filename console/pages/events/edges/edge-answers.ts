import { signal } from '@preact/signals'
import { Event, formatCursor, type Status } from 'tocsin/browser'
import { edgePlace, formatEdgePosition } from '../../../../src/event/edge-position.js'
import type { AskedEdges, EdgesPart } from '../../../../src/methods/contract/index.js'
import { hub } from '../../../hub/live.js'
import type { FilterInput } from '../query.js'
import type { Frames } from '../store.js'

/** Events of edge hubs may be rare. Timers cannot wait longer, ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

export interface AskedOfEdges {
  readonly edges: string
  readonly filters: FilterInput | undefined
  /** Position after which their events follow. */
  readonly from: string
}

/** Frames of the log, or of edge hubs, with the position after the last of them. */
export type FollowedFrames = Frames & { readonly status?: undefined; readonly cursor?: string }

/** The number of edge hubs that have answered the page, and the names of the others. */
export const askedEdges = signal<AskedEdges | undefined>(undefined)

/** A subscription, or an answer of edge hubs that continues with what they store. */
export interface Followed {
  batches(): AsyncIterable<(FollowedFrames & { readonly lastSeq?: number }) | Status>
  close(): unknown
}

/** The report that a page of events came with. */
export function takeReport(report: AskedEdges | undefined): void {
  askedEdges.value = report
}

/** The place after an event in an answer of edge hubs. `epoch`: of the log of this hub. */
export function placeOf(event: Event, epoch: string): string {
  const { attributes, seq, time } = event
  const { edge = '', tocsinpath = '' } = attributes
  const log = edge === '' ? epoch : String(tocsinpath).split('.').at(-1)
  return formatEdgePosition(edgePlace(String(edge), formatCursor(log ?? epoch, seq), time))
}

/** Follows what edge hubs store, until it is closed. */
export function follow(asked: AskedOfEdges, epoch: string): Followed {
  const abort = new AbortController()
  return {
    close: () => abort.abort(),
    async *batches() {
      const client = await hub()
      const options = { signal: abort.signal, timeout: LONGEST_WAIT_MS }
      let cursor = asked.from
      try {
        for await (const part of client.requestParts('edges.read', { ...asked, follow: true }, options)) {
          const { frames, count, gaps, asked: report, missing, back } = part as EdgesPart
          for (const { from, to, reason } of gaps)
            yield { status: 'gap', code: '', reason: '', from, to, why: reason, cursor }
          if (count > 0) {
            cursor = (part as EdgesPart).cursor ?? placeOf(lastOf(frames, count), epoch)
            yield { bytes: frames, count, cursor }
          }
          if (report !== undefined) {
            askedEdges.value = report
            yield { status: 'live', code: '', reason: '', cursor }
          }
          askedEdges.value = changed(askedEdges.peek(), missing, back)
        }
      } catch (error) {
        if (!abort.signal.aborted) throw error
      }
    },
  }
}

function lastOf(frames: Uint8Array, count: number): Event {
  let event = new Event(frames, 0)
  for (let index = 1; index < count; index++) event = new Event(frames, event.end)
  return event
}

/** The report after some edge hubs have gone, and others have come. */
export function changed(
  report: AskedEdges | undefined,
  gone: AskedEdges['missing'] = [],
  back: readonly string[] = [],
): AskedEdges | undefined {
  if (report === undefined || (gone.length === 0 && back.length === 0)) return report
  const names = new Set([...gone.map(({ edge }) => edge), ...back])
  const missing = [...report.missing.filter(({ edge }) => !names.has(edge)), ...gone]
  const known = report.missing.filter(({ edge }) => back.includes(edge)).length
  const asked = report.asked + back.length - known
  return { asked, answered: Math.max(0, asked - missing.length), missing }
}
