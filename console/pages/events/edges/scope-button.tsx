import { DialogButton } from '../../../components/dialog-button.js'
import { lazily } from '../../../components/lazily.js'
import { session } from '../../../hub/api.js'
import { strings } from '../../../strings.js'

const ScopeDialog = lazily(() => import('./scope-dialog.js').then(({ ScopeDialog }) => ScopeDialog))

/** Chooses whose events the page shows: those of this hub, or of edge hubs. For those who may ask edge hubs. */
export function ScopeButton({ edges }: { edges: string | undefined }) {
  const who = session.value
  if (edges === undefined && !(typeof who === 'object' && who.ask)) return null
  return (
    <DialogButton text={edges ?? strings.events.here} isPressed={edges !== undefined}>
      {(onClose) => <ScopeDialog edges={edges} onClose={onClose} />}
    </DialogButton>
  )
}
