import type { ConfigKey } from '../../../../src/methods/contract/index.js'
import { Quoted } from '../../../components/quoted.js'
import { entryStrings as text } from '../../../strings/entry.js'
import { mayChange } from '../ask.js'
import { withoutLinks } from '../values.js'
import { type EntryField, hasLines, isChoice, isKept, textOf } from './entry-model.js'

const MOST_ROWS = 12

export interface KeyFieldProps {
  field: EntryField
  /** The name of the field among all of the form. */
  id: string
  /** Undefined as long as nothing was typed. */
  typed: string | undefined
  onType(text: string): void
}

/** A key with what it is for, and its value; one that is not changed from here says why, and cannot be typed into. */
export function KeyField({ field, id: own, typed, onType }: KeyFieldProps) {
  const { name, about } = field
  const id = `key-${own}`
  const isOpen = mayChange(about)
  const shared = {
    id,
    class: 'field mono',
    value: typed ?? textOf(field.value),
    disabled: !isOpen,
    'aria-describedby': `about-${own}`,
  }
  const written = {
    placeholder: hintOf(about),
    spellcheck: false,
    autocomplete: 'off',
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => onType(currentTarget.value),
  }
  return (
    <div class="key-field">
      <label for={id} class="mono">
        {name}
      </label>
      {about.required && <span class="note">{text.needed}</span>}
      {isChoice(about) ? (
        <select {...shared} onChange={({ currentTarget }) => onType(currentTarget.value)}>
          <option value="">{about.default === '' ? '' : text.usual(about.default)}</option>
          {about.words.map((word) => (
            <option key={word} value={word}>
              {word}
            </option>
          ))}
        </select>
      ) : hasLines(field) ? (
        <textarea {...shared} {...written} rows={Math.min(MOST_ROWS, shared.value.split('\n').length + 1)} />
      ) : (
        <input {...shared} {...written} />
      )}
      <p class="note" id={`about-${own}`}>
        {!isOpen && <strong>{reasonOf(about)} </strong>}
        {isKept(field) && <strong>{text.kept} </strong>}
        <Quoted text={withoutLinks(about.description)} /> <span class="quiet">{valuesOf(about)}</span>
      </p>
    </div>
  )
}

function reasonOf({ value, destination }: ConfigKey): string {
  if (value === 'path') return text.file
  return destination ? text.fileSecret : text.local
}

function hintOf({ default: usual, examples }: ConfigKey): string {
  if (usual !== '') return text.usual(usual)
  return examples.length === 0 ? '' : textOf(examples[0])
}

function valuesOf(about: ConfigKey): string {
  return isChoice(about) ? '' : `(${about.value.replaceAll('`', '')})`
}
