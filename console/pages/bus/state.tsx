import type { ComponentChildren } from 'preact'
import { visible } from '../../text/visible.js'

export type Tone = 'ok' | 'warn' | 'error' | 'idle'

/** Each has its own shape, so that nobody needs the colour. */
const shapes: Record<Tone, string> = { ok: '●', warn: '▲', error: '✕', idle: '○' }

interface StateProps {
  tone: Tone
  /** The meaning of the shape. */
  label: string
  children: ComponentChildren
}

/** Something with its state before it. */
export function State({ tone, label, children }: StateProps) {
  return (
    <>
      <span class="tone" data-tone={tone} role="img" aria-label={label} title={label}>
        {shapes[tone]}
      </span>{' '}
      {children}
    </>
  )
}

/** Text of others, cut where there is no room and whole on hover. */
export function Cut({ children }: { children: string }) {
  const shown = visible(children)
  return <span title={shown}>{shown}</span>
}
