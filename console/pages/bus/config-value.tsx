import { useSignal } from '@preact/signals'
import { messageOf } from '../../../src/errors/thrown.js'
import type { ConfigDiff } from '../../../src/methods/contract/index.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { FormDialog, Problem, TextField } from './form-dialog.js'
import { typedValue, valueText } from './values.js'

const text = busStrings.configuration

interface ValueDialogProps {
  value: unknown
  set: boolean
  name: string
  onEdited(diff: ConfigDiff): void
  onClose(): void
}

/** Adds another value for a key to the candidate; nothing changes before that is committed. */
export function ValueDialog({ name, value, set, onEdited, onClose }: ValueDialogProps) {
  const typed = useSignal(valueText(value))
  const failure = useSignal('')
  const edit = async (change: { value: unknown } | { delete: true }) => {
    try {
      onEdited(await call('config.edit', { edits: [{ key: name, ...change }] }))
      onClose()
    } catch (error) {
      failure.value = messageOf(error)
    }
  }
  const toDefault = set && (
    <button type="button" class="button" onClick={() => edit({ delete: true })}>
      {text.toDefault}
    </button>
  )
  return (
    <FormDialog
      title={text.edit(name)}
      action={text.toCandidate}
      more={toDefault}
      submit={() => edit({ value: typedValue(typed.value) })}
      onClose={onClose}
    >
      <TextField label={text.newValue} text={typed} />
      <p class="quiet">{text.valueHint}</p>
      <Problem text={failure.value} />
    </FormDialog>
  )
}
