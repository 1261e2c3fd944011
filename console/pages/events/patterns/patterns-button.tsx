import { DialogButton } from '../../../components/dialog-button.js'
import { lazily } from '../../../components/lazily.js'
import { strings } from '../../../strings.js'
import type { Query } from '../query.js'
import type { Range } from '../range.js'

const PatternsDialog = lazily(() =>
  import('./patterns-dialog.js').then(({ PatternsDialog }) => PatternsDialog),
)

interface PatternsButtonProps {
  query: Query
  range: Range
  onQuery(query: Query): void
}

/** Folds events that look alike. */
export function PatternsButton(props: PatternsButtonProps) {
  return (
    <DialogButton text={strings.events.patterns} class="button wide" hotkey={{ key: 'P', label: 'patterns' }}>
      {(onClose) => <PatternsDialog {...props} onClose={onClose} />}
    </DialogButton>
  )
}
