import { type Signal, useSignal } from '@preact/signals'
import { codeOf, messageOf } from '../../../../src/errors/thrown.js'
import { ApiError } from '../../../hub/api.js'
import { editEntry } from '../../../hub/candidate.js'
import { entryStrings as text } from '../../../strings/entry.js'
import { addEntry, isOther, type ReadEntry, readNamed, type Section } from './candidate-entry.js'
import { editsOf, entryOf, fieldsWith, outdated } from './entry-model.js'

type Edits = Parameters<typeof editEntry>[1]

/** The texts that were typed, by the names of fields. */
export type Typed = Signal<ReadonlyMap<string, string>>

interface EntryState {
  /** As the candidate had it when it was read last. */
  readonly read: ReadEntry
  readonly typed: Typed
  /** The names of the fields that the hub asks for again. */
  readonly asked: readonly string[]
  /** For an entry that is new. */
  readonly newName: Signal<string>
  readonly problem: string
  readonly isBusy: boolean
  /** No entry has the name now. */
  readonly isGone: boolean
  add(): void
  change(): void
  remove(): void
}

interface EntryWork {
  readonly section: Section
  readonly entry: ReadEntry
  /** That of one that exists. */
  readonly name: string | undefined
  /** That of a new one. */
  readonly type: string
  onDone(): void
}

/** The name of a source is one of its keys. */
const NAME = 'name'

/** An entry that is being changed in the candidate. */
export function useEntry({ section, entry, name, type, onDone }: EntryWork): EntryState {
  const read = useSignal(entry)
  const typed: Typed = useSignal(new Map())
  const asked = useSignal<readonly string[]>([])
  const newName = useSignal('')
  const problem = useSignal('')
  const isBusy = useSignal(false)
  const isGone = useSignal(false)
  /** The name that it has in the candidate. */
  const current = useSignal(name)
  const trying = (work: () => Promise<void>) => async () => {
    if (isBusy.value) return
    isBusy.value = true
    problem.value = ''
    await work().then(onDone, (error) => {
      problem.value = messageOf(error)
    })
    isBusy.value = false
  }
  const add = () => {
    const { fields } = read.value
    const given = section === 'sources' ? (typed.value.get(NAME) ?? '').trim() : newName.value
    return addEntry(section, type, given, entryOf(fields, typed.value))
  }
  const named = async (wanted: string | undefined) =>
    wanted === undefined ? undefined : readNamed(section, wanted)
  /** A refused edit may have become a part of a candidate that existed before. */
  const readAgain = async () => {
    const names = [current.value, otherName(current.value, typed.value)]
    for (const each of names) {
      const found = await named(each)
      if (found === undefined) continue
      current.value = each
      read.value = found
      return
    }
  }
  const changedSince = (before: ReadEntry): Error => {
    const dropped = outdated(before.fields, read.value.fields, typed.value)
    typed.value = new Map([...typed.value].filter(([name]) => !dropped.includes(name)))
    return new Error(text.other(dropped.join(', ')))
  }
  const editing = (editsFor: (now: ReadEntry) => Edits) => async () => {
    const now = await named(current.value)
    if (now === undefined) {
      isGone.value = true
      typed.value = new Map()
      throw new Error(text.gone)
    }
    const before = read.value
    read.value = now
    if (isOther(before, now)) throw changedSince(before)
    await editEntry(now.key, editsFor(now), now.revision).catch(async (error) => {
      asked.value = [...new Set([...asked.value, ...fieldsWith(now.fields, secretAskedFor(error))])]
      await readAgain().catch(() => {})
      throw codeOf(error) === 'TCN_CONFIG_REVISION' ? changedSince(now) : error
    })
  }
  const change = async () => {
    if (typed.value.get(NAME)?.trim() === '') throw new Error(text.nameless)
    const other = otherName(current.value, typed.value)
    if (other !== undefined && (await named(other)) !== undefined) throw new Error(text.taken(other))
    await editing(changes)()
  }
  const changes = ({ fields }: ReadEntry) => {
    const edits = editsOf(fields, typed.value, asked.value)
    if (edits.length === 0) throw new Error(text.unchanged)
    return edits
  }
  return {
    read: read.value,
    typed,
    asked: asked.value,
    newName,
    problem: problem.value,
    isBusy: isBusy.value,
    isGone: isGone.value,
    add: trying(add),
    change: trying(change),
    remove: trying(editing(({ key }) => [{ key, delete: true }])),
  }
}

/** Another name of a source that was typed; other entries have their names as keys. */
function otherName(name: string | undefined, typed: ReadonlyMap<string, string>): string | undefined {
  const [kind] = name?.split('/') ?? []
  const other = `${kind}/${typed.get(NAME)?.trim()}`
  return typed.has(NAME) && other !== name ? other : undefined
}

/** The key of the secret that the hub asks for again; empty if the error says something else. */
function secretAskedFor(error: unknown): string {
  return error instanceof ApiError && error.code === 'TCN_CONFIG_SECRET' ? String(error.details.key) : ''
}
