import { useSignal } from '@preact/signals'
import { messageOf } from '../../../src/errors/thrown.js'
import type {
  ConfigChange,
  ConfigCommitParams,
  ConfigCommitted,
} from '../../../src/methods/contract/index.js'
import { busStrings } from '../../strings/bus.js'
import { Changes } from './changes.js'
import { FormDialog, Problem } from './form-dialog.js'
import { tell } from './notice.js'

const text = busStrings.configuration
/** Time in which a person has to find out that the hub can still be reached, µs. */
const CONFIRM_WITHIN = 300e6

interface CommitDialogProps {
  title: string
  label: string
  changes: readonly ConfigChange[]
  /** The changes as they are now: somebody else may edit or commit meanwhile. */
  latest(): Promise<readonly ConfigChange[]>
  commit(params: ConfigCommitParams): Promise<ConfigCommitted>
  onDone(): void
  onClose(): void
}

/** Shows once more what changes, and puts just that into effect. */
export function CommitDialog(props: CommitDialogProps) {
  const { title, label, changes, latest, commit, onDone, onClose } = props
  const shown = useSignal(changes)
  const failure = useSignal('')
  const submit = async (form: HTMLFormElement) => {
    const fields = new FormData(form)
    failure.value = ''
    const comment = String(fields.get('comment') ?? '').trim()
    try {
      const now = await latest()
      if (JSON.stringify(now) !== JSON.stringify(shown.value)) {
        shown.value = now
        throw new Error(text.other)
      }
      const done = await commit({
        ...(comment !== '' && { comment }),
        ...(fields.has('confirmed') && { confirmed: CONFIRM_WITHIN }),
      })
      tell(text.committed(done.commit.number))
      onDone()
      onClose()
    } catch (error) {
      failure.value = messageOf(error)
    }
  }
  return (
    <FormDialog title={title} class="rewind panel" action={label} submit={submit} onClose={onClose}>
      <Changes changes={shown.value} />
      <label>
        {text.comment}
        <input class="field" name="comment" maxLength={200} />
      </label>
      <label class="check">
        <input type="checkbox" name="confirmed" defaultChecked />
        {text.confirmed}
      </label>
      <Problem text={failure.value} />
    </FormDialog>
  )
}
