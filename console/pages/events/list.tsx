import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Event } from 'tocsin/browser'
import { setting } from '../../app/setting.js'
import { lazily, noStyles } from '../../components/lazily.js'
import { connection } from '../../hub/connection.js'
import type { KnownTypes } from '../../hub/types.js'
import { strings } from '../../strings.js'
import { isStopped } from './list-state.js'
import { ListWindow } from './list-window.js'
import { eventText } from './row-text.js'
import type { Tail } from './tail.js'
import { WaitingPill } from './waiting-pill.js'
import { isWrapped } from './wrap/wrapped.js'

const Rail = lazily(() => import('./rail/rail.js').then(({ Rail }) => Rail))
const SelectionBar = lazily(() =>
  import('./export/selection-bar.js').then(({ SelectionBar }) => SelectionBar),
)
const Spoken = lazily(() => import('./spoken/spoken.js').then(({ Spoken }) => Spoken), noStyles)
/** The code for reading aloud is loaded after the visible parts. */
const SPEAK_AFTER_MS = 5000

interface ListProps {
  tail: Tail
  types: KnownTypes
  /** Made by the page, which moves the selection with keys. */
  onWindow(window: ListWindow): void
  onOpen(event: Event): void
  /** Shows what happens now. */
  onNow(): void
  /** Shown with an empty list. */
  children: ComponentChildren
}

/** The rows of events. The grid is not read aloud by itself; a log beside it is. */
export function EventList({ tail, types, onWindow, onOpen, onNow, children }: ListProps) {
  const grid = useRef<HTMLDivElement>(null)
  const isEmpty = useSignal(true)
  const picked = useSignal(0)
  const listWindow = useRef<ListWindow>(undefined)
  useLayoutEffect(() => {
    const made = new ListWindow(grid.current!, tail, types, picked, (rows) => {
      isEmpty.value = rows === 0
    })
    listWindow.current = made
    onWindow(made)
    return () => made.close()
  }, [tail, types])
  useEffect(() => {
    const hide = () => (document.hidden ? tail.hold() : tail.release())
    document.addEventListener('visibilitychange', hide)
    return () => document.removeEventListener('visibilitychange', hide)
  }, [tail])
  const isRedrawn = useRef(isWrapped.value)
  useLayoutEffect(() => {
    if (isRedrawn.current !== isWrapped.value) listWindow.current?.redraw()
    isRedrawn.current = isWrapped.value
  }, [isWrapped.value])
  const wantsRail = useSignal(false)
  const speaks = useSignal(false)
  const isPaused = isStopped(tail.mode.value)
  useEffect(() => {
    if (isPaused) wantsRail.value = true
    const timer = setTimeout(setting(speaks, true), isPaused ? 0 : SPEAK_AFTER_MS)
    return () => clearTimeout(timer)
  }, [isPaused])
  const open = (event: MouseEvent) => {
    const item = listWindow.current?.clicked(event)
    if (item instanceof Event && picked.value === 0) onOpen(item)
  }
  return (
    <div class="list" onPointerEnter={setting(wantsRail, true)}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the page has keys for it */}
      {/* biome-ignore lint/a11y/useSemanticElements: its rows are replaced while it moves */}
      <div
        class="grid mono"
        role="grid"
        aria-label={strings.events.list}
        aria-rowcount={-1}
        aria-multiselectable
        ref={grid}
        onClick={open}
        // With Shift, a click would select their text.
        onMouseDown={(event) => event.shiftKey && event.preventDefault()}
        tabIndex={-1}
      />
      {wantsRail.value && listWindow.current && <Rail tail={tail} list={listWindow.current} onNow={onNow} />}
      {picked.value > 1 && listWindow.current && (
        <SelectionBar rows={picked.value} list={listWindow.current} types={types} />
      )}
      {isEmpty.value && <Empty tail={tail}>{children}</Empty>}
      <WaitingPill tail={tail} onNow={() => listWindow.current?.toEnd()} />
      <div class="hidden-text" role="log" aria-live="polite">
        {speaks.value && <Spoken tail={tail} loaded={{ types, eventText, connection }} />}
      </div>
    </div>
  )
}

function Empty({ tail, children }: { tail: Tail; children: ComponentChildren }) {
  if (tail.failure.value !== undefined || tail.store.lastEvent !== undefined) return null
  const { loading, nothing, nothingThen } = strings.events
  if (tail.mode.value === 'loading') return <p class="empty">{loading}</p>
  return (
    <p class="empty">
      {tail.query.to !== undefined ? nothingThen : nothing} {children}
    </p>
  )
}
