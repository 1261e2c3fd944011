import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { useDialogKeys } from '../app/keys.js'
import { areLaterStylesHere, laterStyles } from '../app/later-styles.js'
import { session } from '../hub/api.js'
import { strings } from '../strings.js'

interface DialogProps {
  title: string
  children: ComponentChildren
  /** Without it, only what is in the dialog closes it. */
  onClose?(): void
}

/** Something that is shown above the page until it is closed. */
export function Dialog(props: DialogProps) {
  useEffect(() => void laterStyles(), [])
  return areLaterStylesHere.value ? <Shown {...props} /> : null
}

/** Keys scroll what is in it, so that has the focus at first. */
function Shown({ title, children, onClose }: DialogProps) {
  const sheet = useRef<HTMLDialogElement>(null)
  // A modal dialog would keep the login out of reach.
  const isAway = session.value === 'ended'
  useDialogKeys([{ key: 'Escape', label: 'escape', run: () => onClose?.() }])
  useLayoutEffect(() => {
    const { current } = sheet
    if (isAway) return
    current!.showModal()
    return () => current!.close()
  }, [isAway])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it
    <dialog
      class="sheet"
      aria-label={title}
      ref={sheet}
      onCancel={(event) => {
        event.preventDefault()
        onClose?.()
      }}
      onClick={({ target, currentTarget }) => target === currentTarget && onClose?.()}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll long content */}
      <div class="dialog" tabIndex={0}>
        {onClose && (
          <button type="button" class="button plain close" aria-label={strings.close} onClick={onClose}>
            ✕
          </button>
        )}
        <h2 class="heading">{title}</h2>
        {children}
      </div>
    </dialog>
  )
}
