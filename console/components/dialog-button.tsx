import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { type KeyBinding, useKeys } from '../app/keys.js'
import { setting } from '../app/setting.js'

interface DialogButtonProps {
  text: string
  class?: string
  isPressed?: boolean
  /** A key that does the same. */
  hotkey?: Pick<KeyBinding, 'key' | 'label'>
  /** Makes the dialog. */
  children(onClose: () => void): ComponentChildren
}

/** Opens a dialog, which closes itself. */
export function DialogButton({
  text,
  class: look = 'button',
  isPressed,
  hotkey,
  children,
}: DialogButtonProps) {
  const open = useSignal(false)
  useKeys(hotkey === undefined ? [] : [{ ...hotkey, run: setting(open, true) }])
  return (
    <>
      <button type="button" class={look} aria-pressed={isPressed} onClick={setting(open, true)}>
        {text}
      </button>
      {open.value && children(setting(open, false))}
    </>
  )
}
