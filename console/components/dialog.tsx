import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useKeys } from '../app/keys.js'
import { areLaterStylesHere, laterStyles } from '../app/later-styles.js'
import { strings } from '../strings.js'

interface DialogProps {
  title: string
  children: ComponentChildren
  onClose(): void
}

/** Something that is shown above the page until it is closed. */
export function Dialog(props: DialogProps) {
  useEffect(() => void laterStyles(), [])
  return areLaterStylesHere.value ? <Shown {...props} /> : null
}

/** Keys scroll it, so it can have the focus. */
function Shown({ title, children, onClose }: DialogProps) {
  const dialog = useRef<HTMLDivElement>(null)
  useKeys([{ key: 'Escape', label: strings.keys.escape, run: onClose }])
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    dialog.current?.focus()
    return () => before?.focus?.()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it
    // biome-ignore lint/a11y/noStaticElementInteractions: a click beside the dialog
    <div class="sheet" onClick={({ target, currentTarget }) => target === currentTarget && onClose()}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll long content */}
      <div class="dialog" role="dialog" aria-modal="true" aria-label={title} tabIndex={0} ref={dialog}>
        <h2 class="heading">{title}</h2>
        {children}
      </div>
    </div>
  )
}
