import { useSignal } from '@preact/signals'
import { messageOf } from '../../../src/errors/thrown.js'
import { call } from '../../hub/api.js'
import { useAnswer } from '../../hub/asking.js'
import { busStrings } from '../../strings/bus.js'
import { FormDialog, Problem, TextField } from './form-dialog.js'

const text = busStrings.configuration

interface OtherKeyProps {
  onKey(key: string): void
  onClose(): void
}

/** Asks for a key, which may have no value yet. */
export function OtherKey({ onKey, onClose }: OtherKeyProps) {
  const typed = useSignal('')
  const failure = useSignal('')
  const around = typed.value.slice(0, Math.max(0, typed.value.lastIndexOf('.')))
  const below = useAnswer(around, (signal) => describe(around, signal))
  const submit = async () => {
    failure.value = ''
    try {
      await call('config.describe', { key: typed.value.trim() })
      onKey(typed.value.trim())
    } catch (error) {
      failure.value = messageOf(error)
    }
  }
  return (
    <FormDialog
      title={text.otherKey}
      action={text.next}
      disabled={typed.value.trim() === ''}
      submit={submit}
      onClose={onClose}
    >
      <TextField label={text.key} text={typed} list="config-keys" />
      <datalist id="config-keys">
        {below.value.value?.map(({ key, description }) => (
          <option key={key} value={key}>
            {description}
          </option>
        ))}
      </datalist>
      <p class="quiet">{text.otherKeyHint}</p>
      <Problem text={failure.value} />
    </FormDialog>
  )
}

/** The keys below one; none while its name is not complete. */
async function describe(around: string, signal: AbortSignal) {
  const { keys } = await call('config.describe', around === '' ? {} : { key: around }, signal).catch(() => ({
    keys: [],
  }))
  return keys.filter(({ key }) => key !== around)
}
