import { useSignal } from '@preact/signals'
import { setting } from '../../../app/setting.js'
import { lazily } from '../../../components/lazily.js'
import { session } from '../../../hub/api.js'
import { strings } from '../../../strings.js'

const ScopeDialog = lazily(() => import('./scope-dialog.js').then(({ ScopeDialog }) => ScopeDialog))

/** Chooses whose events the page shows: those of this hub, or of edge hubs. For those who may ask edge hubs. */
export function ScopeButton({ edges }: { edges: string | undefined }) {
  const open = useSignal(false)
  const who = session.value
  if (edges === undefined && !(typeof who === 'object' && who.ask)) return null
  return (
    <>
      <button type="button" class="button" aria-pressed={edges !== undefined} onClick={setting(open, true)}>
        {edges ?? strings.events.here}
      </button>
      {open.value && <ScopeDialog edges={edges} onClose={setting(open, false)} />}
    </>
  )
}
