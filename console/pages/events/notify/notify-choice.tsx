import { useSignal } from '@preact/signals'
import { change, view } from '../../../app/router.js'
import { notifyStrings as text } from '../../../strings/notify.js'
import { askToNotify, isRefused } from './browser.js'

/** Lets the browser tell of events of this view while the page is in the background. */
export function NotifyChoice() {
  const problem = useSignal(isSecureContext ? '' : text.needsTls)
  const shown = isRefused.value ? text.refused : problem.value
  const choose = async (isWanted: boolean) => {
    // A second refusal is drawn too, so that the box does not stay checked.
    problem.value = ''
    const isAllowed = isWanted && (await askToNotify())
    problem.value = isWanted && !isAllowed ? text.refused : ''
    change({ notify: isAllowed ? '1' : undefined })
  }
  return (
    <label class="check">
      <input
        type="checkbox"
        disabled={!isSecureContext}
        checked={view.value.params.has('notify')}
        onChange={({ currentTarget }) => void choose(currentTarget.checked)}
      />
      <span>
        {text.choose} {shown !== '' && <strong>{shown}</strong>}
      </span>
    </label>
  )
}
