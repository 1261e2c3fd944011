import { useSignal } from '@preact/signals'
import { useKeys } from '../../../app/keys.js'
import { setting } from '../../../app/setting.js'
import { lazily } from '../../../components/lazily.js'
import { strings } from '../../../strings.js'

const PublishDialog = lazily(() => import('./publish-dialog.js').then(({ PublishDialog }) => PublishDialog))

/** Asks for an event to publish. */
export function PublishButton() {
  const open = useSignal(false)
  useKeys([{ key: 'p', label: 'publish', run: setting(open, true) }])
  return (
    <>
      <button type="button" class="button" onClick={setting(open, true)}>
        {strings.events.publish}
      </button>
      {open.value && <PublishDialog onClose={setting(open, false)} />}
    </>
  )
}
