import { useSignal } from '@preact/signals'
import { messageOf } from '../../../src/errors/thrown.js'
import type { ConfigDiff, ConfigKey, ConfigValues } from '../../../src/methods/contract/index.js'
import { Dialog } from '../../components/dialog.js'
import { Quoted } from '../../components/quoted.js'
import { call } from '../../hub/api.js'
import { useAnswer } from '../../hub/asking.js'
import { valuesOf } from '../../hub/candidate.js'
import { busStrings } from '../../strings/bus.js'
import { mayChange } from './ask.js'
import { Facts } from './facts.js'
import { FormDialog, Problem, TextField } from './form-dialog.js'
import { typedValue, valueText, withoutLinks } from './values.js'

const text = busStrings.configuration

interface ValueDialogProps {
  name: string
  onEdited(diff: ConfigDiff): void
  onClose(): void
}

/** Says what a key is for, and lets those change it who may. */
export function ValueDialog(props: ValueDialogProps) {
  const { name, onClose } = props
  const { value, failure } = useAnswer(name, async (signal) => {
    const [{ keys }, now] = await Promise.all([
      call('config.describe', { key: name }, signal),
      valuesOf(name, signal),
    ])
    return { keys, now }
  })
  const { keys = [], now } = value.value ?? {}
  const [about] = keys
  if (about === undefined || now === undefined)
    return (
      <Dialog title={text.edit(name)} onClose={onClose}>
        <Problem text={failure.value?.message ?? ''} />
      </Dialog>
    )
  // Some parts of a map may be open.
  if (keys.some(mayChange) || mayChange({ reach: about.within }))
    return <ValueForm {...props} about={about} now={now} />
  return (
    <Dialog title={name} onClose={onClose}>
      <p class="notice">{text.reach[about.reach]}</p>
      <About {...about} />
    </Dialog>
  )
}

interface ValueFormProps extends ValueDialogProps {
  about: ConfigKey
  /** As the candidate has it. */
  now: ConfigValues
}

/** Adds another value for a key to the candidate; nothing changes before that is committed. */
function ValueForm({ name, about, now: { values, revision }, onEdited, onClose }: ValueFormProps) {
  const { value, set = false } = values.find(({ key }) => key === name) ?? {}
  const typed = useSignal(value === undefined ? '' : valueText(value))
  const failure = useSignal('')
  const edit = async (change: { value: unknown } | { delete: true }) => {
    try {
      onEdited(await call('config.edit', { edits: [{ key: name, ...change }], ifRevision: revision }))
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
      <About {...about} />
      <TextField label={text.newValue} text={typed} />
      <p class="quiet">{text.valueHint}</p>
      <Problem text={failure.value} />
    </FormDialog>
  )
}

/** The description of a key in the schema. */
function About({ description, value, default: usual, examples, effect, secret }: ConfigKey) {
  return (
    <div class="about">
      {description !== '' && (
        <p class="words">
          <Quoted text={withoutLinks(description)} />
        </p>
      )}
      <Facts
        facts={[
          [text.values, value.replaceAll('`', '')],
          usual !== '' && [text.usual, usual],
          examples.length > 0 && [text.examples, examples.map(valueText).join(', ')],
          [text.effect, text.effects[effect]],
          secret && [text.secret, text.neverShown],
        ]}
      />
    </div>
  )
}
