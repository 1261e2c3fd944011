/** The option in the text of a filter after which its condition begins, also where one is typed (`tocsin top`). */
export const WHERE = '--where '

/**
 * A filter in JSON as it would be typed: patterns, then a condition. A filter that has no such spelling stays JSON.
 * It may be the canonical form, or what a subscriber gave: a pattern or a list of patterns.
 */
export function filterText(json: string | undefined): string {
  if (json === undefined) return '*'
  try {
    return spellInput(JSON.parse(json)) ?? json
  } catch {
    return json
  }
}

type Json = Record<string, unknown>

function spellInput(input: unknown): string | undefined {
  if (typeof input === 'string') return input
  if (!Array.isArray(input)) return withCondition(input as Json) ?? spell(input as Json)
  return input.length === 0 ? '*' : input.join(' ')
}

function withCondition(filter: Json): string | undefined {
  if (typeof filter.sql === 'string') return WHERE + filter.sql
  if (!Array.isArray(filter.all)) return undefined
  const parts = filter.all as Json[]
  const conditions = parts.filter(({ sql }) => typeof sql === 'string')
  if (conditions.length !== 1) return undefined
  const others = parts.filter((part) => part !== conditions[0])
  const rest = spell(others.length === 1 ? others[0] : { all: others })
  return rest === undefined ? undefined : `${rest} ${WHERE}${conditions[0].sql}`
}

function spell(filter: Json): string | undefined {
  const [[dialect, operand] = ['', undefined], ...others] = Object.entries(filter)
  if (others.length > 0) return undefined
  if (dialect in spellings) return pattern(operand, spellings[dialect])
  if (dialect === 'not') return negated(operand)
  const parts = spelled(Array.isArray(operand) ? operand : [])
  if (parts === undefined) return undefined
  if (dialect === 'any' && parts.length > 0 && parts.every((part) => !/^!|\s/.test(part)))
    return parts.join(' ')
  if (dialect !== 'all') return undefined
  // With "all", the short form allows one alternative and exceptions from it.
  const wanted = parts.filter((part) => !part.startsWith('!'))
  const taken = parts.filter((part) => part.startsWith('!'))
  if (wanted.length > 1) return undefined
  return [...wanted, ...taken].join(' ') || '*'
}

const spellings: Record<string, (text: string) => string> = {
  glob: (text) => text,
  prefix: (text) => literally(text),
  suffix: (text) => `*${literally(text)}`,
  contains: (text) => `*${literally(text)}*`,
}

/** As part of a pattern; empty if the pattern would mean something else. */
function literally(text: string): string {
  return /[*?[]/.test(text) ? '' : text
}

function pattern(operand: unknown, spelling: (text: string) => string): string | undefined {
  const [[name, text] = ['', undefined], ...others] = Object.entries(operand as Json)
  if (others.length > 0 || name !== 'tag' || typeof text !== 'string') return undefined
  const spelled = spelling(text)
  return spelled.replaceAll('*', '') === '' || /\s|^[!\\{]/.test(spelled) ? undefined : spelled
}

/** To leave out any of several filters is to leave out each of them. */
function negated(operand: unknown): string | undefined {
  const inner = spell(operand as Json)
  return inner === undefined || inner.includes('!') ? undefined : `!${inner.replaceAll(' ', ' !')}`
}

/** Undefined if one of them has no short form. */
function spelled(filters: readonly Json[]): string[] | undefined {
  const parts: string[] = []
  for (const filter of filters) {
    const part = spell(filter)
    if (part === undefined) return undefined
    parts.push(part)
  }
  return parts
}
