import { type Signal, useSignal } from '@preact/signals'
import { messageOf } from '../../../../src/errors/thrown.js'
import { editEntry, putInCandidate, takenBy } from '../../../hub/candidate.js'
import { entryStrings as text } from '../../../strings/entry.js'
import { isOther, newKey, type ReadEntry, readEntry, type Section } from './candidate-entry.js'
import { editsOf, newEntry } from './entry-model.js'

/** The texts that were typed, by the names of fields. */
export type Typed = Signal<ReadonlyMap<string, string>>

interface EntryState {
  /** As the candidate had it when it was read last. */
  readonly read: ReadEntry
  readonly typed: Typed
  /** For an entry that is new. */
  readonly newName: Signal<string>
  readonly problem: string
  readonly isBusy: boolean
  add(): void
  change(): void
  remove(): void
}

interface EntryWork {
  readonly section: Section
  readonly entry: ReadEntry
  /** That of a new one. */
  readonly type: string
  onDone(): void
}

/** An entry that is being changed in the candidate. */
export function useEntry({ section, entry, type, onDone }: EntryWork): EntryState {
  const read = useSignal(entry)
  const typed: Typed = useSignal(new Map())
  const newName = useSignal('')
  const problem = useSignal('')
  const isBusy = useSignal(false)
  const { key, fields } = read.value
  const trying = (work: () => Promise<void>) => async () => {
    if (isBusy.value) return
    isBusy.value = true
    problem.value = ''
    await work().then(onDone, (error) => {
      problem.value = messageOf(error)
    })
    isBusy.value = false
  }
  const add = async () => {
    const wanted = await newKey(section, type, newName.value)
    if ((await takenBy(wanted)) !== undefined) throw new Error(text.taken(newName.value))
    const value = newEntry(fields, typed.value)
    await putInCandidate(wanted, section === 'sinks' ? { type, ...value } : value)
  }
  /** A refused edit may have become a part of a candidate that existed before. */
  const editing = (edits: () => Parameters<typeof editEntry>[1]) => async () => {
    if (await isOther(read.value)) {
      read.value = await readEntry(key)
      throw new Error(text.other)
    }
    await editEntry(key, edits()).catch(async (error) => {
      read.value = await readEntry(key).catch(() => read.value)
      throw error
    })
  }
  const changed = () => {
    const edits = editsOf(fields, typed.value)
    if (edits.length === 0) throw new Error(text.unchanged)
    return edits
  }
  return {
    read: read.value,
    typed,
    newName,
    problem: problem.value,
    isBusy: isBusy.value,
    add: trying(add),
    change: trying(editing(changed)),
    remove: trying(editing(() => [{ key, delete: true }])),
  }
}
