import type { SeverityName } from '../../event/severity.js'

export interface AccessLogLine {
  fields: Record<string, unknown>
  time: string
  severity: SeverityName
  message: string
}

const QUOTE = '"'
const BACKSLASH = 92
const MAX_TIME = 64
const NOTHING: readonly [] = []

/**
 * Reads a line in the common or the combined format of Apache and nginx; undefined for any other:
 * `remote ident user [time] "request" status bytes "referer" "agent" rest`, where the last three may be missing.
 */
export function parseAccessLog(text: string): AccessLogLine | undefined {
  const line = new LineCursor(text)
  const remote = line.word()
  line.word()
  const user = line.word()
  const time = line.bracketed()
  const request = line.quoted()
  line.blank()
  const status = line.digits()
  line.blank()
  const bytes = line.digits() ?? line.dash()
  if (remote === undefined || time === undefined || request === undefined) return undefined
  if (status?.length !== 3 || bytes === undefined || !line.isAtBlankOrEnd) return undefined
  const code = Number(status)
  const fields: Record<string, unknown> = { remote }
  if (hasText(user)) fields.user = user
  addRequest(fields, request)
  fields.status = code
  fields.bytes = bytes === '-' ? 0 : Number(bytes)
  addRest(fields, line)
  return { fields, time, severity: severityOfStatus(code), message: `${request} ${status}` }
}

/** Adds method, path and protocol, if it has all of them. */
function addRequest(fields: Record<string, unknown>, request: string): void {
  const path = request.indexOf(' ') + 1
  const protocol = request.indexOf(' ', path) + 1
  if (path === 0 || protocol === 0) return
  const end = request.indexOf(' ', protocol)
  fields.method = request.slice(0, path - 1)
  fields.path = request.slice(path, protocol - 1)
  fields.protocol = end === -1 ? request.slice(protocol) : request.slice(protocol, end)
}

function addRest(fields: Record<string, unknown>, line: LineCursor): void {
  const [referer, agent] = line.twoQuoted()
  if (hasText(referer)) fields.referer = referer
  if (hasText(agent)) fields.agent = agent
  const rest = line.rest()
  if (rest !== undefined) fields.rest = rest
}

function hasText(text: string | undefined): boolean {
  return text !== undefined && text !== '-' && text !== ''
}

function severityOfStatus(status: number): SeverityName {
  if (status >= 500) return 'err'
  return status >= 400 ? 'warning' : 'info'
}

/** Reads one part after another. After one that is not there, all others are missing too. */
class LineCursor {
  readonly #text: string
  /** -1 after a part that is not there. */
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtBlankOrEnd(): boolean {
    return this.#at === this.#text.length || this.#text[this.#at] === ' '
  }

  /** The text before the next blank, and the blank. */
  word(): string | undefined {
    const end = this.#at === -1 ? -1 : this.#text.indexOf(' ', this.#at)
    return end === this.#at ? this.#missing() : this.#take(this.#at, end, end + 1)
  }

  /** A text in brackets, and the blank after it. */
  bracketed(): string | undefined {
    const start = this.#after('[')
    const end = start === -1 ? -1 : this.#text.indexOf(']', start)
    if (end === start || end - start > MAX_TIME) return this.#missing()
    const text = this.#take(start, end, end + 1)
    this.blank()
    return this.#at === -1 ? undefined : text
  }

  /** A text in quotation marks, which may have escaped ones. */
  quoted(): string | undefined {
    const start = this.#after(QUOTE)
    const end = start === -1 ? -1 : this.#closing(start)
    return this.#take(start, end, end + 1)
  }

  digits(): string | undefined {
    const start = this.#at
    if (start === -1) return undefined
    let end = start
    while (isDigit(this.#text.charCodeAt(end))) end++
    return end === start ? undefined : this.#take(start, end, end)
  }

  dash(): string | undefined {
    return this.#take(this.#at, this.#after('-') === -1 ? -1 : this.#at, this.#at + 1)
  }

  blank(): void {
    this.#at = this.#after(' ')
  }

  /** A blank and two texts in quotation marks. If not both are there, the cursor stays where it is. */
  twoQuoted(): readonly [] | [string, string] {
    const before = this.#at
    this.blank()
    const first = this.quoted()
    this.blank()
    const second = this.quoted()
    if (first !== undefined && second !== undefined && this.isAtBlankOrEnd) return [first, second]
    this.#at = before
    return NOTHING
  }

  /** The text after the next blank; undefined at the end. */
  rest(): string | undefined {
    const start = this.#after(' ')
    return start === -1 ? undefined : this.#text.slice(start)
  }

  #after(mark: string): number {
    return this.#at !== -1 && this.#text[this.#at] === mark ? this.#at + 1 : -1
  }

  /** A quotation mark is escaped by an odd number of backslashes before it. */
  #closing(start: number): number {
    let end = this.#text.indexOf(QUOTE, start)
    while (end > start && backslashesBefore(this.#text, end, start) % 2 === 1)
      end = this.#text.indexOf(QUOTE, end + 1)
    return end
  }

  #take(start: number, end: number, next: number): string | undefined {
    if (start === -1 || end === -1) return this.#missing()
    this.#at = next
    return this.#text.slice(start, end)
  }

  #missing(): undefined {
    this.#at = -1
  }
}

function backslashesBefore(text: string, end: number, start: number): number {
  let at = end
  while (at > start && text.charCodeAt(at - 1) === BACKSLASH) at--
  return end - at
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
