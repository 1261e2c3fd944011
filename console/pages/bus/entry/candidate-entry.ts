import type { ConfigKey, ConfigValues } from '../../../../src/methods/contract/index.js'
import { call } from '../../../hub/api.js'
import { valuesOf } from '../../../hub/candidate.js'
import { type EntryField, fieldsOf } from './entry-model.js'

/** The parts of the configuration whose entries have a form. */
export type Section = 'rules' | 'sinks' | 'sources'

/** An entry as the candidate has it, or what is in force if there is none. */
export interface ReadEntry {
  readonly key: string
  readonly own: ConfigKey
  readonly fields: readonly EntryField[]
  readonly values: ConfigValues['values']
}

/** Returns the types of sinks, or the kinds of sources. Rules have none. */
export async function typesOf(section: Section, signal: AbortSignal): Promise<readonly string[]> {
  if (section === 'rules') return []
  const key = section === 'sinks' ? keyOfNew('sinks') : section
  const { keys } = await call('config.describe', { key }, signal)
  if (section === 'sources') return keys.slice(1).map((each) => each.key.slice('sources.'.length))
  return keys.find((each) => each.key.endsWith('.type'))?.words ?? []
}

/** The key of a new entry, before it has a name. No entry has an empty one. */
export function keyOfNew(section: Section, type = ''): string {
  return section === 'sources' ? `sources.${type}[]` : `${section}.""`
}

/** Returns the key of an entry by its name, which of a source begins with its kind; undefined if there is none. */
export async function findKey(
  section: Section,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (section !== 'sources') return newKey(section, '', name)
  const [kind, ...rest] = name.split('/')
  const key = `sources.${kind}`
  const { values } = await call('config.get', { key, candidate: true }, signal)
  if (rest.length === 0) return values.length === 0 ? undefined : key
  const own = values.find((each) => each.value === rest.join('/') && /\[\d+\]\.name$/.test(each.key))
  return own?.key.replace(/\.name$/, '')
}

export async function readEntry(key: string, type?: string, signal?: AbortSignal): Promise<ReadEntry> {
  const isNew = type !== undefined || key.endsWith('""') || key.endsWith('[]')
  const values = isNew ? [] : await valuesOf(key, signal)
  const known = type ?? values.find((each) => each.key === `${key}.type`)?.value
  const ofType = typeof known === 'string' && key.startsWith('sinks.') ? { type: known } : {}
  // The content says it of an entry that exists.
  const { keys } = await call('config.describe', { key, deep: true, ...(isNew && ofType) }, signal)
  return { key, own: keys[0], fields: fieldsOf(keys, values), values }
}

/** Returns the key of an entry that is new, by its name; sources are numbered. */
export async function newKey(section: Section, type: string, name: string): Promise<string> {
  if (section !== 'sources') return `${section}.${/^[\w-]+$/.test(name) ? name : JSON.stringify(name)}`
  const key = `sources.${type}`
  const names = (await valuesOf(key)).filter((each) => /\[\d+\]\.name$/.test(each.key))
  return `${key}[${names.length}]`
}

/** Returns whether an entry is not as it was read. */
export async function isOther({ key, values }: ReadEntry): Promise<boolean> {
  return JSON.stringify(await valuesOf(key)) !== JSON.stringify(values)
}
