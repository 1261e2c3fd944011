import type { LineReader, OwnLog } from '../../observers/reporting.js'
import { type HubLog, type Level, silentLog } from './hub-log.js'
import type { LoggingConfig } from './logging-config.js'

type Written = HubLog & { settings?: LoggingConfig }

/** The hub's own log, whose lines another part of the hub can read, and take over. */
export class SharedLog implements HubLog, OwnLog {
  readonly #written: Written
  #reader: LineReader | undefined
  #isTakenOver = false

  private constructor(written: Written) {
    this.#written = written
  }

  static over(log: Written = silentLog): SharedLog {
    return log instanceof SharedLog ? log : new SharedLog(log)
  }

  set settings(settings: LoggingConfig) {
    this.#written.settings = settings
  }

  read(reader: LineReader | undefined, instead = false): void {
    this.#reader = reader
    this.#isTakenOver = instead
  }

  write(level: Level, text: string, fields?: Readonly<Record<string, unknown>>): void {
    const isTaken = this.#reader?.({ level, text, code: codeOf(fields) }) ?? false
    // A line that could not be passed on must not be lost.
    if (!(isTaken && this.#isTakenOver)) this.#written.write(level, text, fields)
  }
}

function codeOf({ data }: Readonly<Record<string, unknown>> = {}): string | undefined {
  const { code }: { code?: unknown } = data ?? {}
  return typeof code === 'string' ? code : undefined
}
