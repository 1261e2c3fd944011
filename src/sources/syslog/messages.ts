import { isUtf8 } from 'node:buffer'
import { formatTime } from '../../event/position.js'
import { tagSegment } from '../../event/tag.js'
import type { Zone } from '../../event/zone.js'
import type { SyslogReceived } from '../../types/host/syslog.js'
import type { SourceContext } from '../source.js'
import type { Sender } from '../tcp/sender.js'
import { zoneOf } from '../text/config.js'
import { parseSyslog, type SyslogMessage } from '../text/syslog-message.js'
import { type TextConfig, TextStage } from '../text/text-stage.js'
import type { SyslogConfig } from './config.js'

const MAX_SEGMENTS = 4096
const MAX_CHARACTER = 4
/** Bytes that are read of a message that is not text; it has all of them besides. */
const MAX_JUNK = 64 * 1024

/** A message as it arrived. */
export interface Arrived {
  bytes: Buffer
  /** Length of the whole message in bytes. */
  length: number
  incomplete?: true
}

type MessageContext = Pick<SourceContext, 'attempt' | 'publish' | 'offer'> & {
  readonly runtime: Pick<SourceContext['runtime'], 'now'>
}

/** Turns messages into events. */
export class SyslogMessages {
  /** Messages that were not as their format says. */
  malformed = 0
  readonly #zone: Zone
  readonly text: TextStage
  readonly #segments = new Map<string, string>()
  #context!: MessageContext

  constructor({ zone, ...text }: Pick<SyslogConfig, 'zone'> & TextConfig) {
    this.#zone = zoneOf(zone)
    this.text = new TextStage(text)
  }

  start(context: MessageContext): void {
    this.#context = context
  }

  /** Returns false if the hub accepts no events at present. A message that had only an end is left out. */
  publish(arrived: Arrived, sender: Sender): boolean {
    if (arrived.length === 0) return true
    return this.#context.attempt(
      () => this.#publish(arrived, sender),
      () => ({ raw: arrived.bytes }),
    )
  }

  #publish(arrived: Arrived, sender: Sender): boolean {
    const now = this.#context.runtime.now()
    const isText = isTextBut(arrived.bytes, arrived.length > arrived.bytes.length ? MAX_CHARACTER - 1 : 0)
    const text = arrived.bytes.toString('utf8', 0, isText ? undefined : MAX_JUNK)
    const read = parseSyslog(text, { now, zone: this.#zone })
    if (arrived.incomplete) read.malformed = 'the connection ended before the message did'
    const { host = sender.peer ?? '-', app = '-' } = read
    const path = `${this.#segment(host)}/${this.#segment(app)}`
    if (!this.#isTaken(path, this.#data(read, arrived, sender, now, isText), sender)) return false
    if (read.malformed !== undefined) this.malformed++
    return true
  }

  /** A sender with RELP keeps what is not answered. */
  #isTaken(path: string, data: SyslogReceived, { transport }: Sender): boolean {
    if (transport === 'relp') return this.#context.offer(path, data) === 'taken'
    return this.#context.publish(path, data)
  }

  #data(
    read: SyslogMessage,
    { bytes, length }: Arrived,
    sender: Sender,
    now: number,
    isText: boolean,
  ): SyslogReceived {
    // All fields in one literal: copying those of other objects takes longer than all the rest.
    const data: SyslogReceived = {
      format: read.format,
      facility: read.facility,
      severity: read.severity,
      time: undefined,
      host: read.host,
      app: read.app,
      pid: read.pid,
      msgid: read.msgid,
      structured: read.structured,
      message: read.message,
      malformed: read.malformed,
      transport: sender.transport,
      peer: sender.peer,
      certificate: sender.certificate,
    }
    const { parser } = this.text
    if (parser !== undefined) Object.assign(data, parser.parse(read.message, now, knownOf(read)))
    // The header says for certain what a text only seems to say.
    if (read.severity !== undefined) data.severity = read.severity
    if (read.time !== undefined) data.time = formatTime(read.time)
    if (length > bytes.length) data.cut = length
    else if (!isText) data.bytes = Uint8Array.from(bytes)
    return this.text.transformed(data)
  }

  /** Hosts and programs are few, and messages many. */
  #segment(name: string): string {
    const known = this.#segments.get(name)
    if (known !== undefined) return known
    if (this.#segments.size >= MAX_SEGMENTS) this.#segments.clear()
    const segment = tagSegment(name)
    this.#segments.set(name, segment)
    return segment
  }
}

function knownOf({ time, severity, app }: SyslogMessage) {
  return { time, severity, program: app ?? '' }
}

/** Returns whether the bytes are text, but for at most so many at their end. */
function isTextBut(bytes: Buffer, last: number): boolean {
  for (let left = 0; left <= last; left++) if (isUtf8(bytes.subarray(0, bytes.length - left))) return true
  return false
}
