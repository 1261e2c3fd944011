import { useSignal } from '@preact/signals'
import { useKeys } from '../../../app/keys.js'
import { setting } from '../../../app/setting.js'
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
  const open = useSignal(false)
  useKeys([{ key: 'P', label: 'patterns', run: setting(open, true) }])
  return (
    <>
      <button type="button" class="button wide" onClick={setting(open, true)}>
        {strings.events.patterns}
      </button>
      {open.value && <PatternsDialog {...props} onClose={setting(open, false)} />}
    </>
  )
}
