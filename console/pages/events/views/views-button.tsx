import { DialogButton } from '../../../components/dialog-button.js'
import { lazily } from '../../../components/lazily.js'
import { strings } from '../../../strings.js'

const ViewsDialog = lazily(() => import('./views-dialog.js').then(({ ViewsDialog }) => ViewsDialog))

/** Opens the named views. */
export function ViewsButton() {
  return (
    <DialogButton text={strings.events.views} hotkey={{ key: 'v', label: 'views' }}>
      {(onClose) => <ViewsDialog onClose={onClose} />}
    </DialogButton>
  )
}
