import { type Signal, signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Event } from 'tocsin/browser'
import { useKeys } from '../../app/keys.js'
import { laterStyles } from '../../app/later-styles.js'
import { change, show, view } from '../../app/router.js'
import { setting } from '../../app/setting.js'
import { Divider } from '../../components/divider.js'
import { lazily, noStyles } from '../../components/lazily.js'
import { session } from '../../hub/api.js'
import { returns } from '../../hub/connection.js'
import { renewals } from '../../hub/live.js'
import { type KnownTypes, knownTypes } from '../../hub/types.js'
import { strings } from '../../strings.js'
import { isUtc } from '../../text/moments.js'
import { columns } from './columns/columns.js'
import { comparisonIn } from './counts/comparison.js'
import { useCounts } from './counts/use-counts.js'
import { chooseTab, chosenTab, type Tab } from './detail/chosen-tab.js'
import { ScopeButton } from './edges/scope-button.js'
import { Facets } from './facets.js'
import { FilterBar } from './filter-bar.js'
import { Foot } from './foot.js'
import { BARS, Histogram, type SeriesField, seriesOf } from './histogram.js'
import { EventList } from './list.js'
import { isFollowing, isStopped, type ListState } from './list-state.js'
import type { ListWindow } from './list-window.js'
import { useMovingKeys } from './moving-keys.js'
import { useOpening } from './opening.js'
import { PatternsButton } from './patterns/patterns-button.js'
import { noEvent, noPlace, noReplay } from './place.js'
import { PublishButton } from './publish/publish-button.js'
import { type Choice, choose, filterOf, formatText, paramsOf, type Query, queryIn } from './query.js'
import { positionOf, rangeIn } from './range.js'
import { useReplay } from './replay/use-replay.js'
import type { Shown } from './single-event.js'
import { Tail } from './tail.js'
import { TimeBar } from './time-bar.js'
import { toNow } from './to-now.js'
import { useFoundWords } from './use-found-words.js'
import { ViewsButton } from './views/views-button.js'
import { isWrapped, toggleWrap } from './wrap/wrapped.js'

const COUNT_EVERY_MS = 5000
/** Edge hubs have other work. */
const COUNT_EDGES_EVERY_MS = 60_000
const Detail = lazily(() => import('./detail.js').then(({ Detail }) => Detail))
const AskedNote = lazily(() => import('./edges/asked-note.js').then(({ AskedNote }) => AskedNote))
const ColumnHeads = lazily(() => import('./columns/heads.js').then(({ ColumnHeads }) => ColumnHeads))
const SearchInstead = lazily(
  () => import('./search-instead.js').then(({ SearchInstead }) => SearchInstead),
  noStyles,
)
const Missing = lazily(() => import('./missing.js').then(({ Missing }) => Missing))
const Notifier = lazily(() => import('./notify/notifier.js').then(({ Notifier }) => Notifier), noStyles)
const text = strings.events

/** The live tail of the bus, with counts of all that matches, and one event in full. */
export function Page() {
  const who = session.value
  if (typeof who === 'object' && !who.see)
    return (
      <div class="empty">
        <p>{text.notPermitted}</p>
        {who.publish && <PublishButton />}
      </div>
    )
  return <Events />
}

function Events() {
  const types = useSignal<KnownTypes | undefined>(undefined)
  const failure = useSignal('')
  const tail = useRef<Tail>(undefined)
  tail.current ??= new Tail()
  useEffect(() => () => tail.current?.close(), [])
  useEffect(() => {
    const asked = knownTypes().then((known) => {
      types.value = known
    })
    asked.catch(({ message }) => {
      failure.value = message
    })
  }, [renewals.value, returns.value])
  useEffect(() => {
    if (renewals.value > 0) tail.current?.recover()
  }, [renewals.value])
  useEffect(() => {
    // A subscription continues by itself.
    if (tail.current?.mode.peek() === 'failed') tail.current.recover()
  }, [returns.value])
  if (types.value === undefined) return <p class="empty">{failure.value || text.loading}</p>
  return <EventsView tail={tail.current} types={types.value} />
}

function EventsView({ tail, types }: { tail: Tail; types: KnownTypes }) {
  const { params } = view.value
  const query = queryIn(params)
  const shown = useSignal<Shown>(undefined)
  const listWindow = useRef<ListWindow>(undefined)
  const input = useRef<HTMLInputElement>(null)
  const range = rangeIn(params)
  const filters = filterOf(query)
  const isLive = params.get('from') === null
  const edges = params.get('edges') ?? undefined
  const openKey = JSON.stringify([filters, edges, params.get('from'), params.get('to')])
  const mayPublish = typeof session.value === 'object' && session.value.publish
  useTitle(tail, query)

  const keepsPlace = useRef(false)
  const setQuery = (next: Query) => {
    keepsPlace.current = true
    change({ ...paramsOf(next), ...noReplay }, 'push')
  }
  const onChoose = (choice: Choice) => setQuery(choose(query, choice))
  const only = (severity: 'err' | 'warning') => async () => {
    const code = await tail.attempt(() => import('./severity-choice.js'))
    if (code) setQuery(code.chooseSeverity(query, severity))
  }
  const close = () => {
    shown.value = undefined
    listWindow.current?.unselect()
    change(noEvent)
  }
  const open = (event: Event | undefined) => {
    if (event === undefined || event.seq === 0) return
    const cursor = tail.cursorOf(event)
    shown.value = { event, cursor }
    change({ event: cursor, tab: chosenTab.peek() })
  }
  const openOther = (event: Event) => {
    tail.pause()
    open(event)
    listWindow.current?.selectSeq(event.seq)
  }
  const move = (by: number, isLonger = false) => {
    const event = listWindow.current?.move(by, isLonger)
    if (shown.value !== undefined) open(event)
  }
  const replay = useReplay(tail)
  const root = useRef<HTMLDivElement>(null)
  useFoundWords(root, query.patterns)
  useOpening({ tail, key: openKey, list: listWindow, shown, replay, keepsPlace })
  const toggle = () => {
    if (replay.current !== undefined) replay.current.toggle()
    else if (isFollowing(tail.mode.peek())) tail.pause()
    else if (isLive) {
      tail.resume('catch up')
      listWindow.current?.toEnd()
    } else change(toNow, 'push')
  }
  const jump = () => {
    replay.current?.end()
    if (isLive) tail.resume('now')
    else change(toNow, 'push')
    listWindow.current?.toEnd()
  }
  const startReplay = (event: Event | undefined) => {
    close()
    replay.start(event)
    listWindow.current?.toEnd()
  }
  /** The tab belongs to the event that is open, or else to the one that is selected. */
  const openTab = (tab: Tab) => () => {
    if (shown.value === undefined) open(listWindow.current?.selected)
    if (shown.value !== undefined) chooseTab(tab)
  }
  const onMoved = (event: Event | undefined) => {
    if (shown.value !== undefined) open(event)
  }
  useMovingKeys({ tail, list: listWindow, onMoved, onReplay: startReplay })
  useKeys([
    { key: ' ', label: 'pause', run: toggle },
    { key: 'j', label: 'next', run: () => move(1) },
    { key: 'k', label: 'previous', run: () => move(-1) },
    { key: 'J', label: 'longerDown', run: () => move(1, true) },
    { key: 'K', label: 'longerUp', run: () => move(-1, true) },
    { key: 'ArrowDown', label: 'next', run: ({ shiftKey }) => move(1, shiftKey) },
    { key: 'ArrowUp', label: 'previous', run: ({ shiftKey }) => move(-1, shiftKey) },
    { key: 'PageDown', label: 'pageDown', run: () => listWindow.current?.scroll(20) },
    { key: 'PageUp', label: 'pageUp', run: () => listWindow.current?.scroll(-20) },
    {
      key: 'Enter',
      label: 'open',
      run: () => open(listWindow.current?.selected ?? listWindow.current?.move(-1)),
    },
    { key: 'r', label: 'related', run: openTab('related') },
    { key: 'd', label: 'diff', run: openTab('diff') },
    { key: 'Escape', label: 'close', run: close },
    { key: 'e', label: 'errors', run: only('err') },
    { key: 'w', label: 'warnings', run: only('warning') },
    { key: 'y', label: 'copy', run: () => void copyCommand(tail, listWindow.current?.selected) },
    { key: '/', label: 'filter', run: () => input.current?.focus() },
    { key: 'End', label: 'end', run: jump },
    { key: 'Home', label: 'start', run: () => listWindow.current?.toStart() },
    { key: 'c', label: 'context', run: () => setContext(shown.value, edges) },
    { key: 'W', label: 'wrap', run: toggleWrap },
  ])
  const pause = edges === undefined ? COUNT_EVERY_MS : COUNT_EDGES_EVERY_MS
  const every = isLive && !isStopped(tail.mode.value) ? pause : undefined
  const by = (params.get('by') ?? 'type') as SeriesField
  const comparison = comparisonIn(params)
  const bars = { filters: filters as never, ...range, buckets: BARS, by, top: seriesOf(by) }
  const counts = useCounts(bars, comparison, every)
  return (
    <div
      ref={root}
      class="events"
      data-ready={tail.mode.value === 'loading' ? undefined : ''}
      data-mode={tail.mode.value}
      data-detail={shown.value === undefined ? undefined : ''}
      data-columns={columns.value.length || undefined}
      data-wrap={isWrapped.value || undefined}
      style={{ '--columns': columns.value.length }}
    >
      <h1 class="hidden-text">{text.title}</h1>
      <button type="button" class="button skip" onClick={() => listWindow.current?.focus()}>
        {text.toList}
      </button>
      <div class="bar">
        <FilterBar query={query} range={range} input={input} onQuery={setQuery} onChoose={onChoose} />
        <button type="button" class="button narrow" onClick={setting(isFacetsOpen, true)}>
          {text.facets.open}
        </button>
        <ViewsButton />
        <ScopeButton edges={edges} />
        <PatternsButton query={query} range={range} onQuery={setQuery} />
        {mayPublish && <PublishButton />}
        <TimeBar tail={tail} isLive={isLive} onToggle={toggle} />
      </div>
      <FacetsPane query={query} counts={counts} isCompared={comparison !== undefined} onChoose={onChoose} />
      <Divider pane="facets" side="right" />
      <div class="middle">
        <Histogram
          counts={counts}
          by={by}
          comparison={comparison}
          onChoose={onChoose}
          onBy={(next) => change({ by: next })}
          onRange={(from, to) => change({ from: positionOf(from), to: positionOf(to), ...noPlace }, 'push')}
        />
        {replay.bar}
        {edges !== undefined && (
          <AskedNote edges={edges} onAgain={() => void tail.open({ ...tail.query, edges })} />
        )}
        {tail.failure.value !== undefined && <p class="problem">{tail.failure.value.message}</p>}
        {columns.value.length > 0 && <ColumnHeads fields={columns.value} />}
        {/* Rows are drawn once, with their times and columns. */}
        <EventList
          key={`${isUtc.value} ${columns.value}`}
          tail={tail}
          types={types}
          onWindow={(made) => {
            listWindow.current = made
          }}
          onOpen={open}
          onNow={jump}
        >
          <SearchInstead query={query} onQuery={setQuery} />
        </EventList>
        <Foot />
        {params.has('notify') && <Notifier query={query} filters={filters} />}
      </div>
      {shown.value !== undefined && (
        <ShownPane
          shown={shown}
          types={types}
          {...{
            onChoose,
            onMove: (by: number) => move(by),
            onOpen: openOther,
            onReplay: startReplay,
            onClose: close,
          }}
        />
      )}
      {shown.value !== undefined && <Divider key="detail" pane="detail" side="left" />}
    </div>
  )
}

function useTitle(tail: Tail, query: Query): void {
  const what = formatText(query) || text.title
  const title = titleOf(tail.mode.value, what)
  useEffect(() => {
    document.title = title
    return () => {
      document.title = strings.product
    }
  }, [title])
}

function titleOf(mode: ListState, what: string): string {
  if (mode === 'replaying' || mode === 'held') return text.titleReplay(what)
  if (isStopped(mode)) return text.titlePaused(what)
  return mode === 'live' ? text.titleLive(what) : text.titleCut(what)
}

async function copyCommand(tail: Tail, event: Event | undefined): Promise<void> {
  if (event === undefined) return
  void laterStyles()
  const code = await tail.attempt(() => import('./copy-command.js'))
  await code?.copyCommand(event)
}

/** Shows the event among all others: without any filter. */
function setContext(shown: Shown, edges: string | undefined): void {
  if (shown !== undefined) show('events', { event: shown.cursor, ...(edges !== undefined && { edges }) })
}

type PaneProps = Omit<Parameters<typeof Facets>[0], 'fields' | 'onFields' | 'isOpen'>

const isFacetsOpen = signal(false)

function FacetsPane(props: PaneProps) {
  const fields = view.value.params.getAll('facet')
  return <Facets {...props} isOpen={isFacetsOpen} fields={fields} onFields={(facet) => change({ facet })} />
}

interface ShownPaneProps {
  shown: Signal<Shown>
  types: KnownTypes
  onChoose(choice: Choice): void
  onMove(by: number): void
  onOpen(event: Event): void
  onReplay(event: Event): void
  onClose(): void
}

function ShownPane({ shown: { value: shown }, types, ...rest }: ShownPaneProps) {
  if (shown === undefined) return null
  if ('event' in shown) return <Detail event={shown.event} cursor={shown.cursor} types={types} {...rest} />
  return <Missing {...shown} onClose={rest.onClose} />
}
