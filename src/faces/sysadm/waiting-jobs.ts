import { own } from '../../event/json/object.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import { relayed } from '../../protocols/sysadm/codec/envelope.js'
import { isWrappedJob } from '../../protocols/sysadm/codec/genuine-job.js'
import { eventTexts } from '../../protocols/sysadm/codec/spelling.js'
import { textFrames } from '../web/websocket/frame.js'

/** How often the genuine server reports that a job waits, ms. */
const EVERY = 2000
/** Jobs of which it is reported. */
const MAX_JOBS = 64

/** A subscriber of the class dispatcher. */
export interface JobReader {
  readonly relay: string | undefined
  /** Bytes that it has not taken yet: it is reminded of nothing then. */
  readonly pending: number
  /** Whether it may still see jobs. */
  readonly mayRead: boolean
  write(frames: Uint8Array): void
}

/**
 * The jobs of classes of SysAdm that wait for their turn. The genuine server reports them again and again; the log has
 * one event of each, so they are repeated here.
 */
export class WaitingJobs {
  readonly #runtime: Runtime
  /** The message of each, by the id of the job. */
  readonly #texts = new Map<string, string>()
  readonly #readers = new Set<JobReader>()
  #cancel: Cancel | undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  /** Called with the arguments of each event of a job. */
  seen(args: unknown): void {
    if (!isWrappedJob(args)) return
    const id = own(own(args, 'process_details'), 'process_id')
    if (typeof id !== 'string') return
    this.#texts.delete(id)
    if (own(args, 'state') !== 'pending' || this.#texts.size >= MAX_JOBS) return
    const [text] = eventTexts('genuine', 'dispatcher', args)
    this.#texts.set(id, text)
    this.#repeatLater()
  }

  add(reader: JobReader): void {
    this.#readers.add(reader)
  }

  remove(reader: JobReader): void {
    this.#readers.delete(reader)
  }

  close(): void {
    this.#texts.clear()
    this.#cancel?.()
  }

  #repeatLater(): void {
    this.#cancel ??= this.#runtime.after(EVERY, () => {
      this.#cancel = undefined
      this.#repeat()
      if (this.#texts.size > 0) this.#repeatLater()
    })
  }

  #repeat(): void {
    const texts = [...this.#texts.values()]
    if (texts.length === 0) return
    const frames = textFrames(texts)
    for (const reader of this.#readers) {
      const { relay, pending, mayRead } = reader
      if (pending > 0 || !mayRead) continue
      reader.write(relay === undefined ? frames : textFrames(texts.map((text) => relayed(relay, text))))
    }
  }
}
