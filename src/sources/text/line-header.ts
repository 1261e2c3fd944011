import type { KnownOfText, ParsedText, TextFormat } from './text-format.js'

/** Reads the header that syslog puts before a line, once, and only for sources that do not know the program. */
export class LineHeader {
  readonly #line: string
  readonly #now: number
  readonly #known: KnownOfText
  #read: { by: TextFormat; header: ParsedText | undefined } | undefined

  constructor(line: string, now: number, known: KnownOfText) {
    this.#line = line
    this.#now = now
    this.#known = known
  }

  /** Returns the name of the program; empty if it is not known. `syslog` reads headers. */
  program(syslog: TextFormat): string {
    const { program } = this.#known
    if (program !== undefined) return program
    const app = this.#header(syslog)?.fields?.app
    return typeof app === 'string' ? app : ''
  }

  /** Reads the text after the header, whose time, severity and fields count. */
  readText(format: TextFormat, syslog: TextFormat): ParsedText | undefined {
    if (this.#known.program !== undefined) return format.read(this.#line, this.#now, this.#known)
    const header = this.#header(syslog)
    if (header?.message === undefined) return undefined
    const { time, severity, message, fields } = header
    const parsed = format.read(message, this.#now, { ...this.#known, time, severity })
    if (parsed === undefined) return undefined
    return {
      ...(time !== undefined && { time }),
      ...(severity !== undefined && { severity }),
      message,
      ...parsed,
      fields: mergedFields(fields, parsed.fields),
    }
  }

  #header(syslog: TextFormat): ParsedText | undefined {
    if (this.#read?.by !== syslog)
      this.#read = { by: syslog, header: syslog.read(this.#line, this.#now, this.#known) }
    return this.#read.header
  }
}

/** Fields of the text that the header has too are kept in `own`. */
export function mergedFields(
  header: Record<string, unknown> = {},
  text: Record<string, unknown> = {},
): Record<string, unknown> {
  const isFree = ([name]: [string, unknown]) => !Object.hasOwn(header, name)
  const entries = Object.entries(text)
  const own = entries.filter((entry) => !isFree(entry))
  const free = Object.fromEntries(entries.filter(isFree))
  return { ...header, ...free, ...(own.length > 0 && { own: Object.fromEntries(own) }) }
}
