import type { StreamConfig, StreamState } from '../../../src/storage/nats/jetstream-api.js'

export interface Stored {
  seq: number
  subject: string
  header: Buffer
  payload: Buffer
  /** µs since the epoch */
  time: number
}

/** Messages of a stream. */
export class Stream {
  config: StreamConfig
  readonly created: string
  readonly messages = new Map<number, Stored>()
  last = 0
  bytes = 0
  #first = 1
  readonly #newest = new Map<string, number>()

  constructor(config: StreamConfig, micros: number, created = timeText(micros)) {
    this.config = { duplicate_window: 120e9, ...config }
    this.created = created
  }

  /** The same messages, which change no more. */
  copy(): Stream {
    const copy = new Stream(this.config, 0, this.created)
    for (const [seq, message] of this.messages) copy.messages.set(seq, message)
    for (const [subject, seq] of this.#newest) copy.#newest.set(subject, seq)
    copy.last = this.last
    copy.bytes = this.bytes
    copy.#first = this.#first
    return copy
  }

  get first(): number {
    while (this.#first <= this.last && !this.messages.has(this.#first)) this.#first++
    return this.#first
  }

  get state(): StreamState {
    const { bytes, last } = this
    const first_seq = last === 0 ? 0 : this.first
    return { messages: this.messages.size, bytes, first_seq, last_seq: last }
  }

  takes(subject: string): boolean {
    return this.config.subjects.some((covering) => covers(covering, subject))
  }

  add(subject: string, header: Buffer, payload: Buffer, time: number): Stored {
    const { max_msgs_per_subject: most, max_msgs, max_bytes } = this.config
    const before = this.#newest.get(subject)
    if (most === 1 && before !== undefined) this.remove(before)
    const stored = { seq: ++this.last, subject, header, payload, time }
    this.messages.set(stored.seq, stored)
    this.#newest.set(subject, stored.seq)
    this.bytes += sizeOf(stored)
    while (max_msgs > 0 && this.messages.size > max_msgs) this.remove(this.first)
    while (max_bytes > 0 && this.bytes > max_bytes) this.remove(this.first)
    return stored
  }

  remove(seq: number): void {
    const message = this.messages.get(seq)
    if (message === undefined) return
    this.messages.delete(seq)
    this.bytes -= sizeOf(message)
    if (this.#newest.get(message.subject) === seq) this.#newest.delete(message.subject)
  }

  /** Forgets the newest messages, as a server does that leads without having them. */
  cutOff(count: number): void {
    for (let left = count; left > 0 && this.last > 0; left--) this.remove(this.last--)
    this.#newest.clear()
    for (const { subject, seq } of this.messages.values()) this.#newest.set(subject, seq)
  }

  expire(now: number): void {
    const { max_age } = this.config
    if (max_age === 0) return
    for (const { seq, time } of this.messages.values()) {
      if (time > now - max_age / 1000) return
      this.remove(seq)
    }
  }

  newestOf(covering: string): Stored | undefined {
    const exact = this.#newest.get(covering)
    if (exact !== undefined) return this.messages.get(exact)
    if (!isPattern(covering)) return undefined
    return this.messages.get(Math.max(0, ...this.newestOfEach(covering)))
  }

  newestOfEach(covering: string): number[] {
    const found = [...this.#newest].filter(([subject]) => covers(covering, subject))
    return found.map(([, seq]) => seq).sort((one, other) => one - other)
  }

  *from(seq: number, covering?: string): Iterable<Stored> {
    for (let at = Math.max(seq, this.first); at <= this.last; at++) {
      const message = this.messages.get(at)
      if (message !== undefined && (covering === undefined || covers(covering, message.subject)))
        yield message
    }
  }
}

export function isPattern(subject: string): boolean {
  return subject.includes('*') || subject.includes('>')
}

export function covers(covering: string, subject: string): boolean {
  if (!isPattern(covering)) return covering === subject
  if (covering.endsWith('.>') && !covering.includes('*')) return subject.startsWith(covering.slice(0, -1))
  const [wanted, tokens] = [covering.split('.'), subject.split('.')]
  for (const [at, token] of wanted.entries()) {
    if (token === '>') return tokens.length > at
    if (tokens[at] === undefined || (token !== '*' && token !== tokens[at])) return false
  }
  return wanted.length === tokens.length
}

/** RFC 3339 with all digits of its microseconds. */
export function timeText(micros: number): string {
  const rest = String(micros % 1000).padStart(3, '0')
  return new Date(Math.floor(micros / 1000)).toISOString().replace('Z', `${rest}Z`)
}

function sizeOf({ subject, header, payload }: Stored): number {
  return subject.length + header.length + payload.length + 22
}
