import { useSignal } from '@preact/signals'
import { useKeys } from '../../../app/keys.js'
import { setting } from '../../../app/setting.js'
import { lazily } from '../../../components/lazily.js'
import { strings } from '../../../strings.js'

const ViewsDialog = lazily(() => import('./views-dialog.js').then(({ ViewsDialog }) => ViewsDialog))
const text = strings.events

/** Opens the named views. */
export function ViewsButton() {
  const open = useSignal(false)
  useKeys([{ key: 'v', label: 'views', run: setting(open, true) }])
  return (
    <>
      <button type="button" class="button" onClick={setting(open, true)}>
        {text.views}
      </button>
      {open.value && <ViewsDialog onClose={setting(open, false)} />}
    </>
  )
}
