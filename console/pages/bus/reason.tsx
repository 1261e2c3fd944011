import { useSignal } from '@preact/signals'
import { setting } from '../../app/setting.js'
import { visible } from '../../text/visible.js'

/** A reason, which is cut where there is no room; whole on hover, and when it is clicked. */
export function Reason({ children }: { children: string }) {
  const isOpen = useSignal(false)
  const shown = visible(children)
  if (shown === '') return null
  return (
    <button
      type="button"
      class="reason"
      title={shown}
      aria-expanded={isOpen.value}
      onClick={setting(isOpen, !isOpen.value)}
    >
      {shown}
    </button>
  )
}
