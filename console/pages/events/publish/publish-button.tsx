import { DialogButton } from '../../../components/dialog-button.js'
import { lazily } from '../../../components/lazily.js'
import { strings } from '../../../strings.js'

const PublishDialog = lazily(() => import('./publish-dialog.js').then(({ PublishDialog }) => PublishDialog))

/** Asks for an event to publish. */
export function PublishButton() {
  return (
    <DialogButton text={strings.events.publish} hotkey={{ key: 'p', label: 'publish' }}>
      {(onClose) => <PublishDialog onClose={onClose} />}
    </DialogButton>
  )
}
