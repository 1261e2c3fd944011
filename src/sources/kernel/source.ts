import { asFields } from '../../event/json/object.js'
import { formatTime } from '../../event/position.js'
import type { Cancel } from '../../event/runtime.js'
import { severityNames } from '../../event/severity.js'
import { tagSegment } from '../../event/tag.js'
import type { HostKernelMessage } from '../../types/host/kernel.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { KernelConfig } from './config.js'
import type { KernelHost, KernelLog } from './kernel-log.js'
import { type KernelRecord, parseRecord } from './record.js'

/** There is nothing to wait for in Node that says that a record has come. */
const POLL_MS = 500
/** Records of one turn, so that others get theirs. */
const SLICE = 200
/** A clock that was set is noticed, and the small differences between two clocks are not. */
const CLOCK_STEP = 1_000_000

interface Place {
  boot: string
  /** Number of the last record that was read. */
  number: number
}

/** Publishes the messages of the kernel, each once, and says which were overwritten before they could be read. */
export class KernelSource implements Source {
  readonly #config: KernelConfig
  readonly #host: KernelHost
  #context!: SourceContext
  #log: KernelLog | undefined
  #next: Cancel | undefined
  #boot = ''
  /** Number of the last record that was read in this boot; -1 before the first. */
  #number = -1
  /** True if records are read without being published. */
  #passing = false
  /** Time of day at which the host was started, µs since the epoch. */
  #started = 0
  /** A record that the hub has not accepted yet. */
  #waiting: KernelRecord | undefined
  #unreadable = 0

  constructor(config: KernelConfig, host: KernelHost) {
    this.#config = config
    this.#host = host
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#log = this.#host.open()
    this.#boot = this.#host.boot()
    const place = await context.load(keptPlace)
    if (place?.boot === this.#boot) this.#number = place.number
    if (place === undefined && this.#config.from === 'end') await this.#passBy(this.#log)
    if (this.#log !== undefined) this.#poll()
  }

  async stop(): Promise<void> {
    this.#next?.()
    this.#next = undefined
    this.#log?.close()
    this.#log = undefined
  }

  health(): SourceHealth {
    const details = { number: this.#number, unreadable: this.#unreadable }
    return { state: 'up', details }
  }

  #poll(): void {
    try {
      this.#noticeClock()
      const isMore = this.#readSlice(this.#log as KernelLog)
      this.#next = this.#context.runtime.after(isMore ? 0 : POLL_MS, () => this.#poll())
    } catch (error) {
      this.#context.failed(error)
    }
  }

  /** Returns whether there may be more to read now. */
  #readSlice(log: KernelLog): boolean {
    if (this.#waiting !== undefined) {
      if (!this.#attempt(this.#waiting)) return false
      this.#waiting = undefined
      this.#moved()
    }
    for (let i = 0; i < SLICE; i++) {
      const read = log.read()
      // The number of the next record shows how many were overwritten.
      if (read === 'overwritten') continue
      if (read === 'end') return false
      if (!this.#take(read)) return false
    }
    return true
  }

  /** Reads what the log has at present without publishing it. */
  async #passBy(log: KernelLog): Promise<void> {
    this.#passing = true
    while (this.#log === log && this.#readSlice(log))
      await new Promise<void>((next) => this.#context.runtime.soon(next))
    this.#passing = false
    this.#moved()
  }

  /** Returns false if the hub accepts no events at present. */
  #take(text: string): boolean {
    const record = parseRecord(text)
    if (record === undefined) {
      this.#unreadable++
      this.#context.lost(1, 'a record of the kernel cannot be read')
      return true
    }
    if (record.number <= this.#number) return true
    if (!this.#passing) this.#noticeGap(record)
    this.#number = record.number
    if (this.#passing) return true
    if (!this.#attempt(record)) {
      this.#waiting = record
      return false
    }
    this.#moved()
    return true
  }

  #noticeGap({ number }: KernelRecord): void {
    const missing = number - this.#number - 1
    if (missing > 0) this.#context.lost(missing, 'the kernel had overwritten messages before they were read')
  }

  #attempt(record: KernelRecord): boolean {
    return this.#context.attempt(
      () => this.#publish(record),
      () => ({ place: `${this.#boot} ${record.number}`, raw: record.message }),
    )
  }

  #publish(record: KernelRecord): boolean {
    if (severityNames.indexOf(record.severity) > severityNames.indexOf(this.#config.priority)) return true
    const { uptime, ...rest } = record
    const data: HostKernelMessage = { time: formatTime(this.#started + uptime), ...rest }
    const counter = { stream: this.#boot, counter: record.number + 1 }
    return this.#context.publish(tagSegment(record.facility), data, counter)
  }

  #moved(): void {
    this.#context.moved(() => {
      // A record that waits to be published has to be read again after a restart.
      const number = this.#waiting === undefined ? this.#number : this.#waiting.number - 1
      return { boot: this.#boot, number } satisfies Place
    })
  }

  #noticeClock(): void {
    const started = Math.round(this.#context.runtime.now() - this.#host.uptime())
    if (Math.abs(started - this.#started) > CLOCK_STEP) this.#started = started
  }
}

function keptPlace(stored: unknown): Place {
  const { boot, number } = asFields(stored)
  if (typeof boot !== 'string' || typeof number !== 'number' || !Number.isSafeInteger(number))
    throw new Error('the position has no place')
  return { boot, number }
}
