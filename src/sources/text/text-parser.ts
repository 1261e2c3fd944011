import { compileGlob, isGlob, matchGlob } from '../../filter/fnmatch.js'
import { type ParseConfig, parseMap, zoneOf } from './config.js'
import { Conversions } from './conversions.js'
import { LineHeader, mergedFields } from './line-header.js'
import { type KnownOfText, type ParsedText, TextFormat } from './text-format.js'

export type { ParsedText } from './text-format.js'

/** A line as one of the parsers has understood it. */
export interface TextReading {
  readonly parsed: ParsedText
  /** Index of the parser. */
  readonly by: number
  /** The line stays beside its fields. */
  readonly keepsLine: boolean
  /** Names of fields that could not be converted. */
  readonly unconverted: readonly string[]
}

/** The fields of a text, or the text itself if it could not be read. */
export function textData(line: string, read: TextReading | undefined): { line?: string } & ParsedText {
  const isKept = read === undefined || read.keepsLine
  return { ...(isKept && { line }), ...read?.parsed }
}

interface ParserEntry {
  readonly config: ParseConfig
  readonly format: TextFormat
  readonly conversions: Conversions
  /** Undefined: it reads lines of all programs. */
  readonly program: ProgramLimit | undefined
}

interface ProgramLimit {
  isOne(name: string): boolean
  /** Reads headers that name programs. */
  readonly syslog: TextFormat
}

/** Reads lines with the first of its parsers that understands them, and counts those that none does. */
export class TextParser {
  /** Lines that were left as they are. Those of programs for which there is no parser are not counted. */
  unparsed = 0
  /** Values that stay text, since they are not what the configuration says. */
  unconverted = 0
  /** Lines that each of the parsers has understood. */
  readonly parsed: number[]
  /** The reading of the line that was given last; undefined if none of the parsers has understood it. */
  last: TextReading | undefined
  readonly #parsers: readonly ParserEntry[]

  constructor(configs: readonly ParseConfig[]) {
    this.#parsers = configs.map(parserOf)
    this.parsed = configs.map(() => 0)
  }

  /** Returns undefined for a line that is in none of the formats. `now`: µs since the epoch. */
  parse(line: string, now: number, known: KnownOfText = {}): ParsedText | undefined {
    return this.read(line, now, known)?.parsed
  }

  /** Like `parse`, with how it was read. */
  read(line: string, now: number, known: KnownOfText = {}): TextReading | undefined {
    this.last = this.#read(line, now, known)
    return this.last
  }

  /** Begins with the parser of this index. */
  #read(line: string, now: number, known: KnownOfText, from = 0): TextReading | undefined {
    const header = new LineHeader(line, now, known)
    let wasTried = false
    for (let by = from; by < this.#parsers.length; by++) {
      const parser = this.#parsers[by]
      const { format, program } = parser
      if (program !== undefined && !program.isOne(header.program(program.syslog))) continue
      const parsed =
        program === undefined ? format.read(line, now, known) : header.readText(format, program.syslog)
      if (parsed !== undefined && format.isWrapper) return this.#wrapped(parser, parsed, by, now, known)
      if (parsed !== undefined) return this.#reading(parser, parsed, by, now)
      wasTried ||= !format.isHeader(known)
    }
    if (wasTried) this.unparsed++
    return undefined
  }

  /** Values for `tocsin status`. */
  details(): Record<string, unknown> {
    const { unparsed, unconverted, parsed } = this
    const hasTypes = this.#parsers.some(({ config }) => Object.keys(config.types).length > 0)
    return {
      unparsed,
      ...(parsed.length > 1 && { parsed: [...parsed] }),
      ...(hasTypes && { unconverted }),
    }
  }

  /** Lets the parsers after it read the text of a container, whose name counts as that of the program. */
  #wrapped(parser: ParserEntry, outer: ParsedText, by: number, now: number, known: KnownOfText): TextReading {
    const reading = this.#reading(parser, outer, by, now)
    const { message = '', time, fields = {} } = outer
    if (by + 1 === this.#parsers.length) return reading
    const { container: program } = fields
    const of = { ...known, time, program: typeof program === 'string' ? program : '' }
    const inner = this.#read(message, now, of, by + 1)
    if (inner === undefined) return reading
    const { message: _, ...rest } = outer
    const parsed = { ...rest, ...inner.parsed, time, fields: mergedFields(fields, inner.parsed.fields) }
    return { ...inner, parsed, keepsLine: reading.keepsLine || inner.keepsLine }
  }

  #reading({ config, conversions }: ParserEntry, parsed: ParsedText, by: number, now: number): TextReading {
    this.parsed[by]++
    const unconverted = conversions.apply(parsed.fields, { now, zone: zoneOf(config.zone) })
    this.unconverted += unconverted.length
    return { parsed, by, keepsLine: config.keepLine, unconverted }
  }
}

function parserOf(config: ParseConfig): ParserEntry {
  const { program, types, zone } = config
  return {
    config,
    format: new TextFormat(config),
    conversions: new Conversions(types),
    program: program && {
      isOne: nameTest(program),
      syslog: new TextFormat(parseMap.parse({ as: 'syslog', zone })),
    },
  }
}

function nameTest(patterns: readonly string[]): (name: string) => boolean {
  const names = new Set(patterns.filter((pattern) => !isGlob(pattern)))
  const globs = patterns.filter(isGlob).map(compileGlob)
  return (name) => {
    if (names.has(name)) return true
    const bytes = globs.length === 0 ? undefined : Buffer.from(name)
    return bytes !== undefined && globs.some((glob) => matchGlob(glob, bytes, 0, bytes.length))
  }
}
