import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { formatCount } from '../../../src/types/figures.js'
import { fleetStrings as text } from '../../strings/fleet.js'
import { visible } from '../../text/visible.js'
import { draw } from './draw.js'
import { FieldLayout } from './field-layout.js'
import type { HostGroup } from './groups.js'
import type { FleetHost } from './hosts.js'
import { type HostState, hostStates } from './states.js'
import { useSize } from './use-size.js'

interface FieldProps {
  groups: readonly HostGroup[]
  pitches: readonly number[]
  /** The host that is open. */
  open?: string | undefined
  isWanted(host: FleetHost): boolean
  describe(host: FleetHost): string
  onOpen?(host: FleetHost): void
}

/** One square for each host. Readers of the screen see a list, one host at a time. */
export function Field({ groups, pitches, open, isWanted, describe, onOpen }: FieldProps) {
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const { width, height } = useSize(box)
  const layout = useMemo(
    () => new FieldLayout(groups, { width: Math.max(1, width - 2), height, pitches }),
    [groups, width, height, pitches],
  )
  /** The name of the host at the keys, and the number of that below the pointer. */
  const current = useSignal('')
  const pointed = useSignal<number | undefined>(undefined)
  const paint = useRef(() => {})
  paint.current = () => {
    if (canvas.current === null || box.current === null) return
    const { scrollTop: top } = box.current
    draw(canvas.current, { layout, top, width, height, colours: coloursOf(canvas.current), isWanted })
  }
  const later = useLater(paint)
  useLayoutEffect(() => paint.current(), [layout, isWanted])
  useEffect(() => whenColoursChange(later), [])

  const { hosts } = layout
  const known = hosts.findIndex(({ name }) => name === (current.value || open))
  const index = Math.max(0, known)
  const go = (to: number) => {
    const next = Math.min(hosts.length - 1, Math.max(0, to))
    current.value = hosts[next]?.name ?? ''
    if (box.current !== null && hosts.length > 0) reveal(box.current, layout.placeOf(next).y, layout.pitch)
  }
  const moves: Readonly<Record<string, () => number>> = {
    ArrowRight: () => index + 1,
    ArrowLeft: () => index - 1,
    ArrowDown: () => layout.beside(index, 1),
    ArrowUp: () => layout.beside(index, -1),
    Home: () => 0,
    End: () => hosts.length - 1,
  }
  const press = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || hosts.length === 0) return
    const move = moves[event.key]
    if (move !== undefined) go(move())
    else if (event.key === 'Enter') onOpen?.(hosts[index])
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  const find = (event: MouseEvent) => {
    const { left, top } = box.current!.getBoundingClientRect()
    return layout.at(event.clientX - left, event.clientY - top + box.current!.scrollTop)
  }
  const hovered = pointed.value
  return (
    <div
      ref={box}
      class="host-field"
      role="listbox"
      aria-label={text.field(hosts.length)}
      aria-activedescendant={hosts.length === 0 ? undefined : 'fleet-host'}
      tabIndex={0}
      onKeyDown={press}
      onScroll={() => {
        pointed.value = undefined
        later()
      }}
      onPointerMove={(event) => {
        pointed.value = find(event)
      }}
      onPointerLeave={() => {
        pointed.value = undefined
      }}
      onClick={(event) => {
        const found = find(event)
        if (found === undefined) return
        current.value = hosts[found].name
        onOpen?.(hosts[found])
      }}
    >
      <div class="room" style={{ height: `${layout.height}px` }}>
        <canvas ref={canvas} style={{ width: `${width}px`, height: `${height}px` }} />
        {layout.blocks.map(
          ({ name, count, x, y, width: wide }) =>
            (layout.blocks.length > 1 || name !== '') && (
              <span
                key={name}
                class="title"
                aria-hidden="true"
                title={visible(name)}
                style={{ left: `${x}px`, top: `${y}px`, width: `${wide}px` }}
              >
                <b>{visible(name) || text.others}</b> {formatCount(count)}
              </span>
            ),
        )}
        {hosts.length > 0 && (
          <div
            id="fleet-host"
            role="option"
            tabIndex={-1}
            class="place"
            aria-selected={hosts[index].name === open}
            aria-setsize={hosts.length}
            aria-posinset={index + 1}
            aria-label={[layout.blockOf(index).name, describe(hosts[index])].filter(Boolean).join(', ')}
            data-open={hosts[index].name === open || undefined}
            style={placeStyle(layout, index)}
          />
        )}
        {hovered !== undefined && hosts[hovered] !== undefined && (
          <Tip layout={layout} index={hovered} width={width} words={describe(hosts[hovered])} />
        )}
      </div>
    </div>
  )
}

interface TipProps {
  layout: FieldLayout
  index: number
  width: number
  words: string
}

/** Describes the host below the pointer. */
function Tip({ layout, index, width, words }: TipProps) {
  const { x, y } = layout.placeOf(index)
  const isRight = x > width / 2
  const side = isRight ? { right: `${width - x + 4}px` } : { left: `${x + layout.pitch + 4}px` }
  return (
    <>
      <div class="place pointed" style={placeStyle(layout, index)} />
      <div class="tip" aria-hidden="true" style={{ top: `${y}px`, ...side }}>
        {words}
      </div>
    </>
  )
}

function placeStyle(layout: FieldLayout, index: number) {
  const { x, y } = layout.placeOf(index)
  const size = `${layout.pitch}px`
  return { transform: `translate(${x}px, ${y}px)`, width: size, height: size }
}

function reveal(box: HTMLElement, y: number, pitch: number): void {
  if (y < box.scrollTop) box.scrollTop = y
  else if (y + pitch > box.scrollTop + box.clientHeight) box.scrollTop = y + pitch - box.clientHeight
}

/** Runs at most once for each frame. */
function useLater(run: { readonly current: () => void }): () => void {
  const frame = useRef(0)
  useEffect(() => () => cancelAnimationFrame(frame.current), [])
  return () => {
    cancelAnimationFrame(frame.current)
    frame.current = requestAnimationFrame(() => run.current())
  }
}

/** The colours that the style sheet gives the states. */
function coloursOf(canvas: HTMLElement): Record<HostState, string> {
  const style = getComputedStyle(canvas)
  const colours = hostStates.map((state) => [state, style.getPropertyValue(`--host-${state}`)])
  return Object.fromEntries(colours)
}

function whenColoursChange(run: () => void): () => void {
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)', '(forced-colors: active)'].map(
    (query) => matchMedia(query),
  )
  for (const query of queries) query.addEventListener('change', run)
  return () => {
    for (const query of queries) query.removeEventListener('change', run)
  }
}
