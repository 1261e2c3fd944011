import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { limitsOf, type Pane, setWidth } from '../app/layout.js'
import { strings } from '../strings.js'

const STEP = 16

interface DividerProps {
  /** The pane whose width it changes. */
  pane: Pane
  /** The side of that pane on which it is. */
  side: 'left' | 'right'
}

/** The edge of a pane, which is moved with the mouse or with arrow keys. A double click gives the usual width again. */
export function Divider({ pane, side }: DividerProps) {
  const element = useRef<HTMLDivElement>(null)
  const width = useSignal(0)
  const start = useRef<number>(undefined)
  const sign = side === 'right' ? 1 : -1
  const measure = () => {
    const shown = element.current?.parentElement?.querySelector(`.${pane}`)
    width.value = Math.round(shown?.getBoundingClientRect().width ?? 0)
  }
  const set = (wanted: number | undefined) => {
    setWidth(pane, wanted)
    measure()
  }
  useEffect(measure, [])
  const [least, most] = limitsOf(pane)
  const steps: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => set(width.value - sign * STEP),
    ArrowRight: () => set(width.value + sign * STEP),
    Home: () => set(least),
    End: () => set(most),
    Enter: () => set(undefined),
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: it is moved, which a rule is not
    <div
      class="divider"
      data-pane={pane}
      ref={element}
      role="separator"
      aria-orientation="vertical"
      aria-label={strings.divider[pane]}
      aria-valuenow={width.value}
      aria-valuemin={least}
      aria-valuemax={most}
      tabIndex={0}
      title={strings.divider.hint}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        measure()
        start.current = width.value - sign * event.clientX
      }}
      onPointerMove={({ clientX }) => {
        if (start.current !== undefined) set(start.current + sign * clientX)
      }}
      onLostPointerCapture={() => {
        start.current = undefined
      }}
      onDblClick={() => set(undefined)}
      onFocus={measure}
      onKeyDown={(event) => {
        const step = steps[event.key]
        if (step === undefined) return
        event.preventDefault()
        event.stopPropagation()
        step()
      }}
    />
  )
}
