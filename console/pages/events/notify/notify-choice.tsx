import { useSignal } from '@preact/signals'
import { change, view } from '../../../app/router.js'
import { notifyStrings as text } from '../../../strings/notify.js'

/** Lets the browser tell of events of this view while the page is in the background. */
export function NotifyChoice() {
  const problem = useSignal(isSecureContext ? '' : text.needsTls)
  const choose = async (isWanted: boolean) => {
    const isAllowed = isWanted && (await Notification.requestPermission()) === 'granted'
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
        {text.choose} {problem.value !== '' && <strong>{problem.value}</strong>}
      </span>
    </label>
  )
}
