import { busStrings } from '../../strings/bus.js'

const MOST_DEPTH = 8

/** Writes the canonical form of a filter shortly: `salt/ host/ !salt/job/*`. What has no short form stays JSON. */
export function filterText(json: string): string {
  try {
    return short(JSON.parse(json), 0)
  } catch {
    return json
  }
}

function short(filter: unknown, depth: number): string {
  const entries = Object.entries(filter as object)
  if (entries.length !== 1 || depth > MOST_DEPTH) return JSON.stringify(filter)
  const [[kind, value]] = entries
  const all = (filters: unknown[]) => filters.map((each) => short(each, depth + 1))
  if (kind === 'all')
    return value.length === 0
      ? '*'
      : all(value)
          .filter((each) => each !== '*')
          .join(' ')
  if (kind === 'any' && value.length === 0) return busStrings.noFilter
  if (kind === 'any') return value.length === 1 ? short(value[0], depth + 1) : `(${all(value).join(' | ')})`
  if (kind === 'not') return `!${short(value, depth + 1)}`
  if (kind === 'sql') return `where ${value}`
  return attributeText(kind, value) ?? JSON.stringify(filter)
}

function attributeText(kind: string, value: unknown): string | undefined {
  const attributes = Object.entries(value as object)
  if (attributes.length !== 1) return undefined
  const [[name, wanted]] = attributes
  const prefix = name === 'tag' ? '' : `${name}=`
  if (kind === 'exact' || kind === 'glob' || kind === 'tag') return `${prefix}${wanted}`
  if (kind === 'prefix') return name === 'tag' ? wanted : `${prefix}${wanted}*`
  if (kind === 'suffix') return `${prefix}*${wanted}`
  return undefined
}
