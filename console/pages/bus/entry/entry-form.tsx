import { entryStrings as text } from '../../../strings/entry.js'
import { mayChange } from '../ask.js'
import { Problem, TextField } from '../form-dialog.js'
import type { ReadEntry, Section } from './candidate-entry.js'
import { type EntryField, emptied, neededAgain } from './entry-model.js'
import { KeyField } from './key-field.js'
import { ListField } from './list-field.js'
import { isListOfMaps } from './list-model.js'
import { Preview, TryRule } from './try-entry.js'
import { type Typed, useEntry } from './use-entry.js'

interface EntryFormProps {
  section: Section
  entry: ReadEntry
  /** That of one that exists. */
  name?: string
  /** That of a new one. */
  type?: string
  onDone(): void
}

/** The keys that most entries have. */
const USUAL = ['name', 'filter', 'where', 'fire.tag', 'sink', 'onceWithin', 'url', 'topics']

/** The keys of an entry, of which those that may be changed from here can be typed into. */
export function EntryForm({ section, entry, name, type = '', onDone }: EntryFormProps) {
  const { read, typed, asked, newName, problem, isBusy, isGone, add, change, remove } = useEntry({
    section,
    entry,
    name,
    type,
    onDone,
  })
  const { fields } = read
  const isNew = name === undefined
  const isNamed = isNew && section !== 'sources'
  const isShut = !fields.some(({ about }) => mayChange(about))
  const again = neededAgain(fields, typed.value, asked).map((field) => field.name)
  const gone = emptied(fields, typed.value)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (isNew) add()
    else change()
  }
  if (isGone) return <Problem text={problem} />
  return (
    <form class="rewind entry" onSubmit={submit}>
      {isShut && <p class="words">{text.allLocal}</p>}
      {isNamed && !isShut && <TextField label={text.name} text={newName} />}
      <Fields fields={fields} typed={typed} />
      {again.length > 0 && <p class="problem">{text.again(again.join(', '))}</p>}
      {gone.length > 0 && <p class="words">{text.emptied(gone.join(', '))}</p>}
      {section === 'rules' && <TryRule fields={fields} typed={typed.value} />}
      {!isNew && read.values.some(({ key, value }) => key === `${read.key}.type` && value === 'webhook') && (
        <Preview name={name} />
      )}
      {!isShut && <p class="note">{text.next}</p>}
      <Problem text={problem} />
      <div class="choices">
        <button
          type="submit"
          class="button primary"
          disabled={isShut || (isNamed && newName.value === '')}
          aria-disabled={isBusy}
        >
          {text.add}
        </button>
        {!isNew && <RemoveButton fields={fields} disabled={isBusy} onClick={remove} />}
      </div>
    </form>
  )
}

/** Those that are set, needed or usual first; the others when they are asked for. */
function Fields({ fields, typed }: { fields: readonly EntryField[]; typed: Typed }) {
  const isFirst = ({ name, about, value }: EntryField) =>
    about.required || value !== undefined || USUAL.includes(name)
  const rest = fields.filter((field) => !isFirst(field))
  const draw = (field: EntryField) => {
    const Shown = isListOfMaps(field.about) && mayChange(field.about) ? ListField : KeyField
    const onType = (text: string) => {
      typed.value = new Map(typed.value).set(field.name, text)
    }
    return (
      <Shown
        key={field.name}
        field={field}
        id={field.name}
        typed={typed.value.get(field.name)}
        onType={onType}
      />
    )
  }
  return (
    <>
      {fields.filter(isFirst).map(draw)}
      {rest.length > 0 && (
        <details>
          <summary>{text.more(rest.length)}</summary>
          {rest.map(draw)}
        </details>
      )}
    </>
  )
}

interface RemoveButtonProps {
  fields: readonly EntryField[]
  disabled: boolean
  onClick(): void
}

/** An entry goes with all its keys, so all that are set must be open. */
function RemoveButton({ fields, disabled, onClick }: RemoveButtonProps) {
  const isOpen = fields.every(({ value, about }) => value === undefined || mayChange(about))
  return (
    <button
      type="button"
      class="button serious"
      disabled={disabled || !isOpen}
      title={isOpen ? undefined : text.notRemovable}
      onClick={onClick}
    >
      {text.remove}
    </button>
  )
}
