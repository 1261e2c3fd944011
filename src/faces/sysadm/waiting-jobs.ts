import type { Event } from '../../event/event.js'
import { own } from '../../event/json/object.js'
import { jsonView } from '../../event/json/view.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { relayed } from '../../protocols/sysadm/codec/envelope.js'
import { isWrappedJob } from '../../protocols/sysadm/codec/genuine-job.js'
import { eventTexts } from '../../protocols/sysadm/codec/spelling.js'
import { textFrames } from '../web/websocket/frame.js'

/** Interval at which the genuine server reports that a job waits, ms. */
const EVERY = 2000
/** Jobs of which it is reported. */
const MAX_JOBS = 64

/** A subscriber of the class dispatcher. */
export interface JobReader {
  readonly relay: string | undefined
  /** Bytes that it has not taken yet: it is reminded of nothing then. */
  readonly pending: number
  /** Returns true if the reader may still see this event of a job. */
  maySee(event: Event): boolean
  write(frames: Uint8Array): void
}

/**
 * The jobs of classes of SysAdm that wait for their turn. The genuine server reports them again and again; the log has
 * one event of each, so they are repeated here.
 */
export class WaitingJobs {
  readonly #runtime: Runtime
  /** By the id of the job. */
  readonly #messages = new Map<string, { text: string; event: Event }>()
  readonly #readers = new Set<JobReader>()
  #cancel: Cancel | undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Called with each event of a job. */
  seen(event: Event): void {
    const args = jsonView(event.data)
    if (!isWrappedJob(args)) return
    const id = own(own(args, 'process_details'), 'process_id')
    if (typeof id !== 'string') return
    this.#messages.delete(id)
    if (own(args, 'state') !== 'pending' || this.#messages.size >= MAX_JOBS) return
    const [text] = eventTexts('genuine', 'dispatcher', args)
    this.#messages.set(id, { text, event: event.detach() })
    this.#repeatLater()
  }

  add(reader: JobReader): void {
    this.#readers.add(reader)
  }

  remove(reader: JobReader): void {
    this.#readers.delete(reader)
  }

  close(): void {
    this.#messages.clear()
    this.#cancel?.()
  }

  #repeatLater(): void {
    this.#cancel ??= this.#runtime.after(EVERY, () => {
      this.#cancel = undefined
      this.#repeat()
      if (this.#messages.size > 0) this.#repeatLater()
    })
  }

  #repeat(): void {
    for (const reader of this.#readers) {
      const { relay, pending } = reader
      if (pending > 0) continue
      const texts = [...this.#messages.values()]
        .filter(({ event }) => reader.maySee(event))
        .map(({ text }) => (relay === undefined ? text : relayed(relay, text)))
      if (texts.length > 0) reader.write(textFrames(texts))
    }
  }
}
