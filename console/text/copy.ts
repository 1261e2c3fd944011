import { strings } from '../strings.js'

/** A region must exist before its text is set, or the text is not read aloud. */
const SAID_AFTER_MS = 100
const SHOWN_MS = 3000

/** Copies a text, and says for a moment whether that was possible. Never rejects. */
export async function copyText(text: string): Promise<void> {
  // Nothing behind a dialog can be selected, or is read aloud.
  const top = document.querySelector('.sheet') ?? document.body
  const status = document.createElement('output')
  status.className = 'hidden-text said'
  top.append(status)
  let words: string = strings.events.copied
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    if (!copySelected(text, top)) words = strings.events.notCopied
  }
  setTimeout(() => status.append(words), SAID_AFTER_MS)
  setTimeout(() => status.remove(), SHOWN_MS)
}

/** Pages that were not loaded securely have no clipboard, but can still copy what is selected. */
function copySelected(text: string, top: Element): boolean {
  const before = document.activeElement as HTMLElement | null
  const area = document.createElement('textarea')
  area.value = text
  top.append(area)
  area.select()
  const isDone = document.execCommand('copy')
  area.remove()
  before?.focus()
  return isDone
}
