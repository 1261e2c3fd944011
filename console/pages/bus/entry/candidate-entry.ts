import { APPEND, formatKey, type KeyPath } from '../../../../src/event/json/key-path.js'
import type { ConfigKey, ConfigValues } from '../../../../src/methods/contract/index.js'
import { call } from '../../../hub/api.js'
import { putInCandidate, takenBy, valuesOf } from '../../../hub/candidate.js'
import { pathOf, valueAt } from '../../../hub/key-values.js'
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
  /** That of the candidate in which it was found. */
  readonly revision: string
}

interface FoundKey {
  readonly key: string
  readonly revision: string
}

/** Returns the types of sinks, or the kinds of sources of which there may be several. Rules have none. */
export async function typesOf(section: Section, signal: AbortSignal): Promise<readonly string[]> {
  if (section === 'rules') return []
  const key = section === 'sinks' ? keyOfNew('sinks') : section
  const { keys } = await call('config.describe', { key }, signal)
  if (section === 'sources') return keys.filter(isListOfSources).map((each) => String(pathOf(each.key)[1]))
  return keys.find((each) => pathOf(each.key)[2] === 'type')?.words ?? []
}

function isListOfSources({ key, value }: ConfigKey): boolean {
  return key !== 'sources' && value.startsWith('list')
}

/** The key of a new entry, before it has a name. No entry has an empty one. */
export function keyOfNew(section: Section, type = ''): string {
  return section === 'sources' ? formatKey([section, type, APPEND]) : formatKey([section, ''])
}

/** Finds an entry by its name, which of a source begins with its kind; undefined if there is none. */
export async function findKey(
  section: Section,
  name: string,
  signal?: AbortSignal,
): Promise<FoundKey | undefined> {
  const [kind, ...rest] = name.split('/')
  const around = section === 'sources' ? formatKey([section, kind]) : keyToAdd(section, '', name)
  const { values, revision } = await valuesOf(around, signal)
  if (values.length === 0) return undefined
  if (section !== 'sources' || rest.length === 0) return { key: around, revision }
  const own = values.find(({ key, value }) => value === rest.join('/') && isNameOfEntry(pathOf(key)))
  return own && { key: formatKey(pathOf(own.key).slice(0, ENTRY_DEPTH)), revision }
}

/** `sources`, the kind, and the place. */
const ENTRY_DEPTH = 3

function isNameOfEntry(path: KeyPath): boolean {
  return path.length === ENTRY_DEPTH + 1 && path[ENTRY_DEPTH] === 'name'
}

/** Reads the keys that a new entry may have. */
export function readNew(section: Section, type: string, signal?: AbortSignal): Promise<ReadEntry> {
  return describedEntry(keyOfNew(section, type), [], section === 'sinks' ? { type } : {}, signal)
}

async function readEntry(key: string, signal?: AbortSignal): Promise<ReadEntry> {
  const { values } = await valuesOf(key, signal)
  return describedEntry(key, values, {}, signal)
}

/** The content says the type of an entry that exists. */
async function describedEntry(
  key: string,
  values: ConfigValues['values'],
  type: { type?: string },
  signal?: AbortSignal,
): Promise<ReadEntry> {
  const { keys, revision } = await call('config.describe', { key, deep: true, ...type }, signal)
  const fields = fieldsOf(keys, valueAt(key, values)).filter(({ name }) => name !== 'type')
  return { key, own: keys[0], fields, values, revision }
}

/** Reads an entry that has a name, wherever it is now; undefined if there is none. */
export async function readNamed(
  section: Section,
  name: string,
  signal?: AbortSignal,
): Promise<ReadEntry | undefined> {
  const found = await findKey(section, name, signal)
  if (found === undefined) return undefined
  const entry = await readEntry(found.key, signal)
  // The hub refuses an edit if the entry was given another number between these questions.
  return entry.values.length === 0 ? undefined : { ...entry, revision: found.revision }
}

/** The key under which a new entry is put into the candidate; sources are numbered, and it is the last of them. */
export function keyToAdd(section: Section, type: string, name: string): string {
  return section === 'sources' ? keyOfNew(section, type) : formatKey([section, name])
}

/** Returns whether an entry is not as it was read, or has another number. */
export function isOther(read: ReadEntry, now: ReadEntry): boolean {
  return JSON.stringify(now.values) !== JSON.stringify(read.values)
}

/** Adds an entry to the candidate. Rejects if there is one of its name already, or if it is not valid. */
export async function addEntry(section: Section, type: string, name: string, value: object): Promise<void> {
  if (name === '') throw new Error(text.nameless)
  const key = keyToAdd(section, type, name)
  const find = async () => (await findKey(section, section === 'sources' ? `${type}/${name}` : name))?.key
  // A source is put after all others.
  const { by, revision } = section === 'sources' ? { by: await find() } : await takenBy(key)
  if (by !== undefined) throw new Error(text.taken(name))
  await putInCandidate({ key, value: section === 'sinks' ? { type, ...value } : value, revision, find })
}
