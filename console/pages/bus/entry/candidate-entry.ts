import type { ConfigKey, ConfigValues } from '../../../../src/methods/contract/index.js'
import { call } from '../../../hub/api.js'
import { putInCandidate, takenBy, valuesOf } from '../../../hub/candidate.js'
import { entryStrings as text } from '../../../strings/entry.js'
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

/** Returns the types of sinks, or the kinds of sources of which there may be several. Rules have none. */
export async function typesOf(section: Section, signal: AbortSignal): Promise<readonly string[]> {
  if (section === 'rules') return []
  const key = section === 'sinks' ? keyOfNew('sinks') : section
  const { keys } = await call('config.describe', { key }, signal)
  if (section === 'sources')
    return keys.filter(isListOfSources).map((each) => each.key.slice('sources.'.length))
  return keys.find((each) => each.key.endsWith('.type'))?.words ?? []
}

function isListOfSources({ key, value }: ConfigKey): boolean {
  return key !== 'sources' && value.startsWith('list')
}

/** The key of a new entry, before it has a name. No entry has an empty one. */
export function keyOfNew(section: Section, type = ''): string {
  return section === 'sources' ? `sources.${type}[]` : `${section}.""`
}

/** Returns the key of an entry by its name, which of a source begins with its kind; undefined if there is none. */
export async function findKey(
  section: Section,
  name: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (section !== 'sources') return keyToAdd(section, '', name)
  const [kind, ...rest] = name.split('/')
  const key = `sources.${kind}`
  const values = await valuesOf(key, signal)
  if (rest.length === 0) return values.length === 0 ? undefined : key
  const own = values.find((each) => each.value === rest.join('/') && NAME_OF_SOURCE.test(each.key))
  return own?.key.replace(/\.name$/, '')
}

/** Parts of a source, such as its users, may have names too. */
const NAME_OF_SOURCE = /^sources\.[\w-]+\[\d+\]\.name$/

export async function readEntry(key: string, type?: string, signal?: AbortSignal): Promise<ReadEntry> {
  const isNew = type !== undefined || key.endsWith('""') || key.endsWith('[]')
  const values = isNew ? [] : await valuesOf(key, signal)
  const known = type ?? values.find((each) => each.key === `${key}.type`)?.value
  const ofType = typeof known === 'string' && key.startsWith('sinks.') ? { type: known } : {}
  // The content says it of an entry that exists.
  const { keys } = await call('config.describe', { key, deep: true, ...(isNew && ofType) }, signal)
  return { key, own: keys[0], fields: fieldsOf(keys, values), values }
}

/** Reads an entry that has a name, wherever it is now; undefined if there is none. */
export async function readNamed(
  section: Section,
  name: string,
  signal?: AbortSignal,
): Promise<ReadEntry | undefined> {
  const key = await findKey(section, name, signal)
  const entry = key === undefined ? undefined : await readEntry(key, undefined, signal)
  return entry?.values.length === 0 ? undefined : entry
}

/** The key under which a new entry is put into the candidate; sources are numbered, and it is the last of them. */
export function keyToAdd(section: Section, type: string, name: string): string {
  if (section === 'sources') return keyOfNew(section, type)
  return `${section}.${/^[\w-]+$/.test(name) ? name : JSON.stringify(name)}`
}

/** Returns whether an entry is not as it was read, or has another number. */
export function isOther(read: ReadEntry, now: ReadEntry): boolean {
  return JSON.stringify(now.values) !== JSON.stringify(read.values)
}

/** Adds an entry to the candidate. Rejects if there is one of its name already, or if it is not valid. */
export async function addEntry(section: Section, type: string, name: string, value: object): Promise<void> {
  if (name === '') throw new Error(text.nameless)
  const key = keyToAdd(section, type, name)
  const find = () => findKey(section, section === 'sources' ? `${type}/${name}` : name)
  const isTaken = section === 'sources' ? (await find()) !== undefined : (await takenBy(key)) !== undefined
  if (isTaken) throw new Error(text.taken(name))
  await putInCandidate(key, section === 'sinks' ? { type, ...value } : value, find)
}
