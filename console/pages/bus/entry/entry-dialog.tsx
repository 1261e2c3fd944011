import { useSignal } from '@preact/signals'
import { messageOf } from '../../../../src/errors/thrown.js'
import { show } from '../../../app/router.js'
import { Dialog } from '../../../components/dialog.js'
import { useAnswer } from '../../../hub/asking.js'
import { entryStrings as text } from '../../../strings/entry.js'
import { Problem } from '../form-dialog.js'
import { type ReadEntry, readNamed, readNew, type Section, typesOf } from './candidate-entry.js'
import { EntryForm } from './entry-form.js'

const TYPE = 'entry-type'

interface EntryDialogProps {
  section: Section
  /** Undefined for a new one. */
  name: string | undefined
  onClose(): void
}

/** Shows a rule, a sink or a source with all keys that it can have, and changes it in the candidate. */
export function EntryDialog({ section, name, onClose }: EntryDialogProps) {
  const title = name === undefined ? text.new[section] : text.titles[section](name)
  const onDone = () => {
    onClose()
    show('bus', { tab: 'configuration' })
  }
  return (
    <Dialog title={title} onClose={onClose}>
      {name === undefined ? (
        <NewEntry section={section} onDone={onDone} />
      ) : (
        <KnownEntry section={section} name={name} onDone={onDone} />
      )}
    </Dialog>
  )
}

function KnownEntry({ section, name, onDone }: { section: Section; name: string; onDone(): void }) {
  const { value, failure } = useAnswer(`${section} ${name}`, async (signal): Promise<ReadEntry | 'none'> => {
    return (await readNamed(section, name, signal)) ?? 'none'
  })
  const entry = value.value
  if (entry === 'none') return <p class="words">{text.notFound}</p>
  if (entry === undefined) return <Awaited failure={failure.value} />
  return <EntryForm section={section} name={name} entry={entry} onDone={onDone} />
}

interface AwaitedProps {
  failure: Error | undefined
  isAsked?: boolean
}

/** Stands in place of the form until it can be shown. */
function Awaited({ failure, isAsked = true }: AwaitedProps) {
  if (failure !== undefined) return <Problem text={messageOf(failure)} />
  return <p class="entry note">{isAsked ? text.loading : text.chooseType}</p>
}

function NewEntry({ section, onDone }: { section: Section; onDone(): void }) {
  const type = useSignal('')
  const types = useAnswer(section, (signal) => typesOf(section, signal))
  const isChosen = section === 'rules' || type.value !== ''
  const { value, failure } = useAnswer(`${section} ${type.value}`, async (signal) =>
    isChosen ? { type: type.value, entry: await readNew(section, type.value, signal) } : undefined,
  )
  const shown = value.value?.type === type.value ? value.value.entry : undefined
  return (
    <>
      {section !== 'rules' && (
        <div class="key-field">
          <label for={TYPE}>{text.type}</label>
          <select
            id={TYPE}
            class="field"
            value={type.value}
            onChange={({ currentTarget }) => {
              type.value = currentTarget.value
            }}
          >
            {['', ...(types.value.value ?? [])].map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </div>
      )}
      {shown === undefined ? (
        <Awaited failure={types.failure.value ?? failure.value} isAsked={isChosen} />
      ) : (
        <EntryForm key={type.value} section={section} type={type.value} entry={shown} onDone={onDone} />
      )}
    </>
  )
}
