import { useSignal } from '@preact/signals'
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
/** How long a person has to find out whether the hub can still be reached, µs. */
const CONFIRM_WITHIN = 300e6

interface CommitDialogProps {
  title: string
  label: string
  changes: readonly ConfigChange[]
  commit(params: ConfigCommitParams): Promise<ConfigCommitted>
  onDone(): void
  onClose(): void
}

/** Shows once more what changes, and puts it into effect. */
export function CommitDialog({ title, label, changes, commit, onDone, onClose }: CommitDialogProps) {
  const failure = useSignal('')
  const busy = useSignal(false)
  const submit = async (form: HTMLFormElement) => {
    const fields = new FormData(form)
    const comment = String(fields.get('comment') ?? '').trim()
    busy.value = true
    try {
      const done = await commit({
        ...(comment !== '' && { comment }),
        ...(fields.has('confirmed') && { confirmed: CONFIRM_WITHIN }),
      })
      tell(text.committed(done.commit.number))
      onDone()
      onClose()
    } catch (error) {
      failure.value = (error as Error).message
    }
    busy.value = false
  }
  return (
    <FormDialog
      title={title}
      class="rewind panel"
      action={label}
      disabled={busy.value}
      submit={submit}
      onClose={onClose}
    >
      <Changes changes={changes} />
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
