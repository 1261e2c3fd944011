import type { RE2JS } from 're2js'
import type { Event } from '../../event/event.js'
import { asFields } from '../../event/json/object.js'
import { type FilterInput, formatFilter, parseFilter } from '../../filter/index.js'
import { compileRegex } from '../../filter/regex.js'
import { isLong, LongEventReader } from '../long-events.js'

/** The lines of log files that a rule is about, whichever source has read them. */
export interface LineDefinition {
  readonly programs: readonly string[]
  /** A regular expression in RE2 syntax. */
  readonly text: string
}

/** The values of a line, by the names that rules use: `line.host`, `line.program`, `line.text`, and the groups of the pattern. */
export interface LogLine {
  readonly values: Readonly<Record<string, string>>
  /** The number of times that it was written, if the log says that it was repeated. */
  readonly times: number
}

/** The fields of a line begin so. */
export const LINE = 'line.'
const NAME = /^line\.[A-Za-z_][A-Za-z0-9_]{0,63}$/
const KERNEL = 'kernel'
/** rsyslog writes equal lines so. */
const REPEATED = /^message repeated (\d{1,6}) times: \[ (.*)\]$/s
/** The kernel's own time, which some daemons write. */
const UPTIME = /^\[ *\d+\.\d+\] /
const LONGEST = 16 * 1024
/** Bytes of the longest characters in UTF-8. */
const CHARACTER_BYTES = 4

export function isLineField(name: string): boolean {
  return NAME.test(name)
}

/**
 * Selects lines of the programs, for the index. The sources `files` with `parse: syslog`, `syslog` and `journal` have the
 * name of the program in fields of their own.
 */
export function lineFilter({ programs }: LineDefinition, filter: FilterInput | undefined): FilterInput {
  const named = programs.flatMap((program) =>
    ['data.fields.app', 'data.app', 'data.identifier'].map((field) => ({ exact: { [field]: program } })),
  )
  const kernel = programs.includes(KERNEL) ? [{ exact: { type: 'host.kernel.message' } }] : []
  const any = { any: [...named, ...kernel] }
  return filter === undefined ? any : { all: [formatFilter(parseFilter(filter)), any] }
}

/** Reads lines. Patterns run in linear time. */
export class LineReader {
  readonly #pattern: RE2JS
  readonly #names: readonly string[]
  readonly #long = new LongEventReader(CHARACTER_BYTES * LONGEST)

  constructor({ text }: LineDefinition) {
    this.#pattern = compileRegex(text, 'the pattern of a line')
    this.#names = Object.keys(this.#pattern.namedGroups())
  }

  /** Undefined for an event that is another line, or not a line. */
  read(event: Event): LogLine | undefined {
    const { message, fields, ...data } = isLong(event) ? this.#fieldsOf(event) : asFields(event.data)
    if (typeof message !== 'string') return undefined
    const [, times = '1', repeated = message] = REPEATED.exec(message) ?? []
    const text = repeated.slice(0, LONGEST).trim().replace(UPTIME, '')
    const matcher = this.#pattern.matcher(text)
    if (!matcher.find()) return undefined
    const { app, host } = { ...data, ...asFields(fields) }
    const values: Record<string, string> = {
      [`${LINE}text`]: text,
      [`${LINE}program`]: textOf(app) ?? textOf(data.identifier) ?? KERNEL,
      [`${LINE}host`]: textOf(host) ?? hostIn(event.tag),
    }
    for (const name of this.#names) values[LINE + name] = matcher.group(name) ?? ''
    return { values, times: Math.max(1, Number(times), Number(data.repeated) || 1) }
  }

  /** The fields of a long event that lines have. */
  #fieldsOf(event: Event): Readonly<Record<string, unknown>> {
    const message = this.#long.text(event, ['message'])
    if (message === undefined) return {}
    const read = (names: readonly string[], within: readonly string[] = []) =>
      Object.fromEntries(
        names
          .map((name) => [name, this.#long.value(event, [...within, name])] as const)
          .filter(([, value]) => value !== undefined),
      )
    const own = read(['app', 'host', 'identifier', 'repeated'])
    return { ...own, message, fields: read(['app', 'host'], ['fields']) }
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** Sources on the host itself have its name in the tag. */
function hostIn(tag: string): string {
  const [first, host = ''] = tag.split('/')
  return first === 'host' ? host : ''
}
