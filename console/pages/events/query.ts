/** A filter in any of the spellings that the hub takes. */
export type FilterInput = string | string[] | Record<string, unknown>

/** A value that was chosen in a list of values: only events with it, or only those without. */
export interface Choice {
  readonly field: string
  readonly value: string | number | boolean | null
  readonly not: boolean
}

/** Which events the page shows. */
export interface Query {
  /** Patterns of tags, as on the command line, and words in quotation marks, which are searched in all texts. */
  readonly patterns: readonly string[]
  /** A condition in SQL. */
  readonly where: string
  readonly choices: readonly Choice[]
}

/** The text of the command line: `salt/job/ !salt/job/x where data.retcode <> 0`. */
export function parseText(text: string): Pick<Query, 'patterns' | 'where'> {
  const { patterns, condition } = partsOf(text)
  return { patterns, where: condition?.trim() ?? '' }
}

/** The patterns, and what is after `where`. */
export function partsOf(text: string): { patterns: readonly string[]; condition: string | undefined } {
  const patterns: string[] = []
  let rest = text.trimStart()
  while (rest !== '' && !/^where\s/i.test(rest)) {
    const length = patternLength(rest)
    patterns.push(rest.slice(0, length))
    rest = rest.slice(length).trimStart()
  }
  return { patterns, condition: rest === '' ? undefined : rest.slice(6) }
}

/** A pattern ends at a blank, one in JSON not before its last brace, and words not before their quotation mark. */
function patternLength(text: string): number {
  const end = /^!?\{/.test(text) ? lastBrace(text) : (/^!?"[^"]*/.exec(text)?.[0].length ?? 0)
  return end + text.slice(end).search(/\s|$/)
}

/** Place of the brace that closes the first one; the end, if there is none. */
function lastBrace(text: string): number {
  let depth = 0
  for (const { 0: part, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (part === '{') depth++
    if (part === '}' && --depth === 0) return index
  }
  return text.length
}

export function formatText({ patterns, where }: Pick<Query, 'patterns' | 'where'>): string {
  return [...patterns, ...(where === '' ? [] : [`where ${where}`])].join(' ')
}

export function queryIn(params: URLSearchParams): Query {
  return {
    patterns: params.getAll('filter'),
    where: params.get('where') ?? '',
    choices: [
      ...params.getAll('is').map(readChoice(false)),
      ...params.getAll('not').map(readChoice(true)),
    ].filter((each) => each !== undefined),
  }
}

/** The parameters of the address for a query. */
export function paramsOf({ patterns, where, choices }: Query): Record<string, readonly string[] | undefined> {
  const write = (not: boolean) =>
    choices
      .filter((each) => each.not === not)
      .map(
        ({ field, value }) =>
          `${field}=${choiceValue(String(value)) === value ? value : JSON.stringify(value)}`,
      )
  return {
    filter: patterns,
    where: where === '' ? undefined : [where],
    is: write(false),
    not: write(true),
  }
}

const readChoice =
  (not: boolean) =>
  (text: string): Choice | undefined => {
    const at = text.indexOf('=')
    return at <= 0 ? undefined : { field: text.slice(0, at), value: choiceValue(text.slice(at + 1)), not }
  }

/** Numbers, truth values and null are not text; a text that looks like one of them is in quotation marks. */
function choiceValue(text: string): Choice['value'] {
  const value = parsed(text)
  return typeof value === 'object' && value !== null ? text : (value as Choice['value'])
}

/** Without JSON, the text itself. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Adds a choice; one that is made again is taken back. */
export function choose({ choices, ...rest }: Query, choice: Choice): Query {
  const others = choices.filter((each) => each.field !== choice.field || each.value !== choice.value)
  const isSame = choices.some(
    (each) => each.field === choice.field && each.value === choice.value && each.not === choice.not,
  )
  return { ...rest, choices: isSame ? others : [...others, choice] }
}

/** The filter for the hub, as JSON. `without`: leaves out the choices of this field. */
export function filterOf({ patterns, where, choices }: Query, without?: string): FilterInput | undefined {
  const parts: FilterJson[] = []
  if (patterns.length > 0) parts.push(patternsFilter(patterns))
  if (where !== '') parts.push({ sql: where })
  for (const sql of conditionsOf(choices.filter(({ field }) => field !== without))) parts.push({ sql })
  if (parts.length === 0) return undefined
  return (parts.length === 1 ? parts[0] : { all: parts }) as FilterInput
}

/** The filter, and that a field contains a text. */
export function containing(
  field: string,
  text: string | undefined,
  filter: FilterInput | undefined,
): FilterInput | undefined {
  if (text === undefined || text === '') return filter
  const sql = `${nameOf(field)} LIKE ${quoted(`%${inPattern(text)}%`)}`
  return { all: [...(filter === undefined ? [] : [filter]), { sql }] }
}

type FilterJson = Record<string, unknown>

function patternsFilter(patterns: readonly string[]): FilterJson {
  const isWanted = (each: string) => !/^[!"]/.test(each)
  const wanted = patterns.filter(isWanted).map(patternFilter)
  const parts: FilterJson[] = patterns
    .filter((each) => !isWanted(each))
    .map((each) => (each.startsWith('!') ? { not: patternFilter(each.slice(1)) } : patternFilter(each)))
  if (wanted.length > 0) parts.unshift(wanted.length === 1 ? wanted[0] : { any: wanted })
  return parts.length === 1 ? parts[0] : { all: parts }
}

function patternFilter(pattern: string): FilterJson {
  // The hub explains a mistake in an address.
  if (pattern.startsWith('{')) return parsed(pattern) as FilterJson
  const [words] = wordsOf(pattern)
  if (words !== undefined) return { grep: words }
  const tag = pattern.replace(/^\\(?=[!{])/, '')
  return /[*?[]/.test(tag) ? { glob: { tag } } : { prefix: { tag } }
}

/** The words of a pattern in quotation marks. Others have none. */
export function wordsOf(pattern: string): string[] {
  return pattern.startsWith('"') ? [pattern.split('"')[1]] : []
}

/** Conditions in SQL, one for each field. */
export function conditionsOf(choices: readonly Choice[]): string[] {
  const fields = new Set(choices.map(({ field }) => field))
  return [...fields].flatMap((field) => {
    const own = choices.filter((each) => each.field === field)
    const wanted = own.filter(({ not }) => !not).map(testOf)
    const unwanted = own.filter(({ not }) => not).map((each) => `NOT (${testOf(each)})`)
    const isAlways = ['tag', 'type', 'source'].includes(field)
    const missing = isAlways ? '' : `(NOT (EXISTS ${nameOf(field)})) OR `
    return [
      ...(wanted.length === 0 ? [] : [wanted.join(' OR ')]),
      ...(unwanted.length === 0 ? [] : [`${missing}(${unwanted.join(' AND ')})`]),
    ]
  })
}

/** The values of tags are their beginnings. */
function testOf({ field, value }: Choice): string {
  if (field === 'tag') {
    const prefix = inPattern(String(value))
    return `(tag = ${quoted(String(value))} OR tag LIKE ${quoted(`${prefix}/%`)})`
  }
  return `${nameOf(field)} = ${typeof value === 'string' ? quoted(value) : String(value).toUpperCase()}`
}

function nameOf(field: string): string {
  const parts = field.split(/(?<!\\)\./).map((part) => part.replaceAll('\\.', '.'))
  return parts.map((part) => (/^\w+$/.test(part) ? part : quoted(part))).join('.')
}

/** Without a special meaning in a pattern of SQL. */
function inPattern(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`)
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`
}
