import type { z } from 'zod'
import { tagSegment } from '../event/tag.js'
import { parseRedactions, redact } from '../filter/redact.js'
import type { sourcesConfig } from './config.js'
import { fileLine } from './files/follower.js'
import { parsedLine } from './files/line-source.js'
import { eventOfEntry } from './journal/entry.js'
import { readWrittenEntry } from './journal/written-entry.js'
import { withoutEnd } from './syslog/message-end.js'
import { SyslogMessages } from './syslog/messages.js'
import type { MultilineConfig } from './text/config.js'
import type { Line } from './text/line-splitter.js'
import { textData } from './text/text-parser.js'
import { type TextConfig, TextStage } from './text/text-stage.js'
import { timeOfData } from './time-of-data.js'

/** A source of text, as far as it matters to what its lines become. */
export type TextSource = { name: string; config: LineSettings } & (
  | { kind: 'files' | 'exec' }
  | { kind: 'journal'; maxField: number }
  | { kind: 'syslog'; zone: string }
)

interface LineSettings extends TextConfig {
  maxLine?: number
  multiline?: MultilineConfig
  redact?: readonly string[]
}

export interface SampleEvent {
  tag: string
  source: string
  data: unknown
  attributes?: { time: string }
}

/** The sources of a configuration that read text. */
export function textSources(sources: z.output<typeof sourcesConfig>): TextSource[] {
  return [
    ...sources.files.flatMap((config) =>
      'lines' in config ? [{ kind: 'files' as const, name: config.name, config }] : [],
    ),
    ...sources.exec.map((config) => ({ kind: 'exec' as const, name: config.name, config })),
    ...sources.journal.map((config) => {
      const { name, maxField } = config
      return { kind: 'journal' as const, name, config, maxField }
    }),
    ...sources.syslog.map((config) => {
      const { name, zone, maxMessage } = config
      return { kind: 'syslog' as const, name, zone, config: { ...config, maxLine: maxMessage } }
    }),
  ]
}

export interface SampleHost {
  hostname: string
  /** µs since the epoch */
  now(): number
}

/** Makes the events of a source of text, line by line, without publishing any. */
export class TextSample {
  readonly text: TextStage
  readonly #source: TextSource
  readonly #host: SampleHost
  readonly #messages: SyslogMessages | undefined
  readonly #redact: string[][]
  #isFirst = true
  #published: { path: string; data: unknown } | undefined

  constructor(source: TextSource, host: SampleHost) {
    this.#source = source
    this.#host = host
    this.#redact = parseRedactions(source.config.redact ?? [])
    this.#messages = source.kind === 'syslog' ? this.#receiver(source) : undefined
    this.text = this.#messages?.text ?? new TextStage(source.config)
  }

  /** Returns undefined for a line of which the source makes no event. */
  eventOf(line: Line, file: string): SampleEvent | undefined {
    const { parser } = this.text
    if (parser !== undefined) parser.last = undefined
    const made = this.#made(line, file)
    this.#isFirst = false
    if (made === undefined) return undefined
    const { kind, name } = this.#source
    const source = `host/${tagSegment(this.#host.hostname)}/${kind}/${name}`
    const tag = `${kind === 'syslog' ? `syslog/${name}` : source}/${made.path}`
    const data = redact(made.data, this.#redact)
    return { tag, source, data, attributes: timeOfData(data) }
  }

  #made(line: Line, file: string): { path: string; data: unknown } | undefined {
    const source = this.#source
    const now = this.#host.now()
    switch (source.kind) {
      case 'syslog':
        this.#published = undefined
        this.#messages?.publish(withoutEnd({ ...line, bytes: bufferOf(line) }, line.bytes.length), {
          transport: 'udp',
        })
        return this.#published
      case 'journal':
        return this.#entry(line, source.maxField, now)
      case 'exec':
        return { path: 'line', data: this.text.transformed(this.#output(line, now)) }
      case 'files': {
        const place = { stream: '', isFirst: this.#isFirst, file }
        const data = parsedLine(fileLine(file, line), this.text.parser, now, place)
        return { path: 'line', data: this.text.transformed(data) }
      }
    }
  }

  #output(line: Line, now: number): object {
    const written = bufferOf(line).toString('utf8')
    const place = { stream: '', isFirst: this.#isFirst }
    return { stream: 'stdout', ...textData(written, this.text.parser?.read(written, now, { place })) }
  }

  #entry(line: Line, maxField: number, now: number) {
    const entry = readWrittenEntry(bufferOf(line).toString('utf8'))
    if (entry === undefined) return undefined
    const { path, data } = eventOfEntry(entry, { maxField, parser: this.text.parser, now })
    return { path, data: this.text.transformed(data) }
  }

  #receiver({ config, zone }: TextSource & { kind: 'syslog' }): SyslogMessages {
    const messages = new SyslogMessages({ ...config, zone })
    const publish = (path: string, data: unknown) => {
      this.#published = { path, data }
      return true
    }
    messages.start({
      runtime: this.#host,
      attempt: (take) => take(),
      publish,
      offer: (path, data) => (publish(path, data) ? 'taken' : 'full'),
    })
    return messages
  }
}

function bufferOf({ bytes }: Line): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
