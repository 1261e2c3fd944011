type Json = Record<string, unknown>

/** The short spelling of a filter in its JSON form, where it has one; else the JSON as it is. */
export function shortFilter(json: string): string {
  try {
    return spell(JSON.parse(json) as Json) ?? json
  } catch {
    return json
  }
}

function spell(filter: Json): string | undefined {
  const [[dialect, operand] = ['', undefined], ...others] = Object.entries(filter)
  if (others.length > 0) return undefined
  if (dialect === 'prefix' || dialect === 'glob') return pattern(operand)
  if (dialect === 'not') return negated(operand)
  const parts = Array.isArray(operand) ? (operand as Json[]).map(spell) : []
  if (parts.includes(undefined)) return undefined
  if (dialect === 'any' && parts.length > 0 && parts.every((part) => !/^!|\s/.test(part!)))
    return parts.join(' ')
  if (dialect !== 'all') return undefined
  // Joined by "all" there may be one alternative, and what is taken away from it.
  const wanted = parts.filter((part) => !part!.startsWith('!'))
  const taken = parts.filter((part) => part!.startsWith('!'))
  if (wanted.length > 1 || taken.some((part) => part!.includes(' '))) return undefined
  return [...wanted, ...taken].join(' ') || '*'
}

function pattern(operand: unknown): string | undefined {
  const entries = Object.entries(operand as Json)
  const [name, text] = entries[0] ?? []
  if (entries.length !== 1 || name !== 'tag' || typeof text !== 'string') return undefined
  return text === '' || /\s|^[!\\{]/.test(text) ? undefined : text
}

function negated(operand: unknown): string | undefined {
  const inner = spell(operand as Json)
  return inner === undefined || /^!|\s/.test(inner) ? undefined : `!${inner}`
}
