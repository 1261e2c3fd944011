import { useSignal } from '@preact/signals'
import { strings } from '../strings.js'
import { copyText } from '../text/copy.js'

const SHOWN_MS = 1500

interface CopyButtonProps {
  text: string
  label: string
  /** What the button says. */
  what?: string
}

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label, what = strings.events.copy }: CopyButtonProps) {
  const done = useSignal(false)
  const copy = async () => {
    await copyText(text)
    done.value = true
    setTimeout(() => {
      done.value = false
    }, SHOWN_MS)
  }
  return (
    <button type="button" class="button" aria-label={label} onClick={copy}>
      {done.value ? strings.events.copied : what}
    </button>
  )
}
