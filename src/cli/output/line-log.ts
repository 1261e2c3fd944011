import { fstatSync } from 'node:fs'
import { catalogue, toTocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import { type HubLog, LEVELS, type Level } from '../../hub/own-log/hub-log.js'
import type { LoggingConfig } from '../../hub/own-log/logging-config.js'
import { describeFailure } from '../help/failure.js'
import { Ending } from '../io.js'
import { escapeText } from '../terminal/text.js'

const MAX_LINES = 100
/** Time for which lines are counted, ms. */
const PERIOD = 1000
const MAX_TEXT = 2000

/** Priorities of syslog, which the journal reads at the beginning of a line (sd-daemon(3)). */
const PRIORITIES: Record<Level, number> = { error: 3, warn: 4, info: 6, debug: 7 }
const NAMES: Record<Level, string> = { error: 'error: ', warn: 'warning: ', info: '', debug: 'debug: ' }

export interface LineLogOptions {
  runtime: Pick<Runtime, 'now' | 'monotonic' | 'after'>
  write(line: string): void
  /** True if the journal reads the lines: it has a time of its own, and takes a priority. */
  journal: boolean
}

/** Writes lines with a level, at most 100 a second; the others are counted. */
export class LineLog implements HubLog {
  readonly #options: LineLogOptions
  #settings: LoggingConfig = { level: 'info', format: 'text' }
  #written = 0
  readonly #left = new Map<Level, number>()
  #counting = false

  constructor(options: LineLogOptions) {
    this.#options = options
  }

  set settings(settings: LoggingConfig) {
    this.#settings = settings
  }

  /** True if lines are for people, so that longer texts may stand between them. */
  get isText(): boolean {
    return this.#settings.format === 'text'
  }

  writes(level: Level): boolean {
    return LEVELS.indexOf(level) <= LEVELS.indexOf(this.#settings.level)
  }

  write(level: Level, text: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (!this.writes(level)) return
    if (!this.#counting) this.#count()
    if (this.#written >= MAX_LINES) {
      this.#left.set(level, (this.#left.get(level) ?? 0) + 1)
      return
    }
    this.#written++
    this.#print(level, text, fields)
  }

  #count(): void {
    this.#counting = true
    this.#written = 0
    this.#options.runtime.after(PERIOD, () => {
      this.#counting = false
      this.#tellLeft()
    })
  }

  #tellLeft(): void {
    if (this.#left.size === 0) return
    const left = Object.fromEntries(this.#left)
    const [gravest] = LEVELS.filter((level) => this.#left.has(level))
    const counts = LEVELS.flatMap((level) => (left[level] ? [`${left[level]} ${level}`] : []))
    this.#left.clear()
    this.write(gravest, `lines left out in one second: ${counts.join(', ')}`, { left })
  }

  #print(level: Level, text: string, fields: Readonly<Record<string, unknown>>): void {
    const { write, journal, runtime } = this.#options
    const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text
    const priority = journal ? `<${PRIORITIES[level]}>` : ''
    if (!this.isText) {
      const time = new Date(runtime.now() / 1000).toISOString()
      write(`${priority}${JSON.stringify({ time, level, message: short, ...fields })}\n`)
    } else if (journal) write(`${priority}${escapeText(short)}\n`)
    else write(`tocsin: ${NAMES[level]}${escapeText(short)}\n`)
  }
}

/** Returns whether a file descriptor is the stream that systemd has connected to the journal. */
export function isJournal(stream: string | undefined, descriptor = 2): boolean {
  if (stream === undefined) return false
  try {
    const { dev, ino } = fstatSync(descriptor)
    return stream === `${dev}:${ino}`
  } catch {
    return false
  }
}

/** Writes a failure as the other lines are written, so that whatever reads them understands it. */
export function reportedBy(log: LineLog, error: unknown): Ending {
  const { code, message } = toTocsinError(error, 'TCN_INTERNAL')
  log.write('error', message, { code, remedy: catalogue[code].remedy })
  return new Ending(describeFailure(error).exit)
}
