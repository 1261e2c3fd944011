import { useSignal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Event } from 'tocsin/browser'
import { isEdgePosition } from '../../../src/event/edge-position.js'
import { jsonView } from '../../../src/event/json/view.js'
import { formatBytes } from '../../../src/types/figures.js'
import { CopyButton } from '../../components/copy-button.js'
import { eventAsJson } from '../../hub/api.js'
import { useAnswer } from '../../hub/asking.js'
import type { KnownTypes } from '../../hub/types.js'
import { detailStrings as text } from '../../strings/detail.js'
import { strings } from '../../strings.js'
import { fullMoment } from '../../text/full-moment.js'
import { hexLines } from '../../text/hex.js'
import { visible, visibleLines, visibleTag } from '../../text/visible.js'
import { commandFor, curlFor } from './copies.js'
import { chooseTab, chosenTab, type Tab, usualTabs } from './detail/chosen-tab.js'
import { Diff } from './detail/diff.js'
import { Related } from './detail/related.js'
import { specialView } from './detail/special.js'
import type { SpecialView } from './detail/special-view.js'
import type { Choice } from './query.js'
import { typeIn } from './row-text.js'
import { EndsHere } from './time/ends.js'
import { TreeNode } from './tree.js'

interface DetailProps {
  event: Event
  cursor: string
  types: KnownTypes
  onChoose(choice: Choice): void
  onMove(by: number): void
  onOpen(event: Event): void
  onReplay(event: Event): void
  onClose(): void
}

/** An event with a longer body is shown only when somebody asks for it, bytes. */
const ASK_ABOVE = 256 * 1024
const HEX_PAGE = 4096
/** Width that a line with sixteen bytes needs, em. */
const HEX_WIDE = 45

/** Tabs that need nothing but the event, which is in the log of an edge hub. */
const tabsElsewhere: readonly Tab[] = ['tree', 'raw', 'hex']

/** One event in full. */
export function Detail({ event, cursor, types, onChoose, onMove, onOpen, onReplay, onClose }: DetailProps) {
  const edge = isEdgePosition(cursor) ? String(event.attributes.edge ?? '') : undefined
  const special = edge === undefined ? specialView(event, typeIn(event, types.typeOf)) : undefined
  const here: readonly Tab[] = special === undefined ? usualTabs : ['special', ...usualTabs]
  const tabs = edge === undefined ? here : tabsElsewhere
  const tab = tabs.find((each) => each === chosenTab.value) ?? tabs[0]
  const label = (each: Tab) => (each === 'special' ? (special?.label ?? '') : text.tabs[each])
  const asked = useSignal(0)
  const tag = visibleTag(event.tag)
  const isLong = tab !== 'related' && event.body.length > ASK_ABOVE && asked.value !== event.seq
  return (
    <section class="detail" aria-label={strings.events.detail.region(tag)}>
      <header>
        <h2 class="mono">{tag}</h2>
        <div class="steps">
          <button type="button" class="button plain" aria-label={text.previous} onClick={() => onMove(-1)}>
            ‹
          </button>
          <button type="button" class="button plain" aria-label={text.next} onClick={() => onMove(1)}>
            ›
          </button>
          <button
            type="button"
            class="button plain"
            aria-label={strings.events.detail.close}
            onClick={onClose}
          >
            ✕
          </button>
        </div>
      </header>
      <dl class="facts">
        <Fact name="type" value={typeIn(event, types.typeOf)} onChoose={onChoose} />
        <Fact name="source" value={event.source} onChoose={onChoose} />
        <dt>{text.facts.time}</dt>
        <dd class="mono">{fullMoment(event.time)}</dd>
        {edge !== undefined && (
          <>
            <dt>{text.facts.edge}</dt>
            <dd class="mono">{visible(edge)}</dd>
          </>
        )}
        <dt>{text.facts.cursor}</dt>
        <dd class="mono">{cursor}</dd>
      </dl>
      <div class="actions">
        {edge === undefined && (
          <>
            <CopyButton text={commandFor(event)} label={text.command} what={text.command} />
            <CopyButton text={curlFor(cursor)} label={text.curl} what={text.curl} />
            <button type="button" class="button" onClick={() => onReplay(event)}>
              {text.replay}
            </button>
          </>
        )}
        <CopyButton text={location.href} label={text.link} what={text.link} />
        <EndsHere time={event.time} />
      </div>
      <Tabs tabs={tabs} shown={tab} label={label} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it can be scrolled */}
      <div id={PANEL} class="body mono" role="tabpanel" aria-label={label(tab)} tabIndex={0}>
        {isLong ? (
          <p>
            {text.size(formatBytes(event.body.length))}{' '}
            <button
              type="button"
              class="button"
              onClick={() => {
                asked.value = event.seq
              }}
            >
              {text.showAnyway}
            </button>
          </p>
        ) : (
          <Body {...{ tab, special, event, cursor, types, onChoose, onOpen }} />
        )}
      </div>
    </section>
  )
}

interface TabsProps {
  tabs: readonly Tab[]
  shown: Tab
  label(tab: Tab): string
}

const PANEL = 'event-body'

/** One stop of the Tab key; arrow keys, Home and End go from one to another. */
function Tabs({ tabs, shown, label }: TabsProps) {
  const list = useRef<HTMLDivElement>(null)
  const onKey = (event: KeyboardEvent) => {
    const at = tabs.indexOf(shown)
    const steps: Readonly<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      Home: 0,
      End: tabs.length - 1,
    }
    const next = Object.hasOwn(steps, event.key) ? (steps[event.key] + tabs.length) % tabs.length : undefined
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    chooseTab(tabs[next])
    list.current?.querySelectorAll('button')[next].focus()
  }
  return (
    <div class="tabs" role="tablist" ref={list}>
      {tabs.map((each) => (
        <button
          key={each}
          type="button"
          role="tab"
          aria-selected={shown === each}
          aria-controls={PANEL}
          tabIndex={shown === each ? 0 : -1}
          onClick={() => chooseTab(each)}
          onKeyDown={onKey}
        >
          {label(each)}
        </button>
      ))}
    </div>
  )
}

interface FactProps {
  name: 'type' | 'source'
  value: string
  onChoose(choice: Choice): void
}

function Fact({ name, value, onChoose }: FactProps) {
  return (
    <>
      <dt>{text.facts[name]}</dt>
      <dd class="mono">
        {visible(value)}
        <button
          type="button"
          class="choose"
          aria-label={`${text.include}: ${text.facts[name]}`}
          title={text.include}
          onClick={() => onChoose({ field: name, value, not: false })}
        >
          +
        </button>
      </dd>
    </>
  )
}

interface BodyProps extends Pick<DetailProps, 'event' | 'cursor' | 'types' | 'onChoose' | 'onOpen'> {
  tab: Tab
  special: SpecialView | undefined
}

function Body({ tab, special, event, cursor, types, onChoose, onOpen }: BodyProps) {
  if (tab === 'special' && special !== undefined) {
    const { View, about } = special
    return <View key={about} about={about} event={event} types={types} onOpen={onOpen} />
  }
  if (tab === 'related') return <Related event={event} types={types} onOpen={onOpen} onChoose={onChoose} />
  if (tab === 'diff') return <Diff event={event} types={types} onOpen={onOpen} />
  if (tab === 'hex') return <Hex key={cursor} bytes={event.body} />
  if (tab === 'cloudevent') return <AsCloudEvent key={cursor} cursor={cursor} />
  const data = jsonView(event.data)
  if (tab === 'raw') return <pre>{visibleLines(JSON.stringify(data, null, 2))}</pre>
  const { attributes } = event
  return (
    <ul key={cursor} class="tree">
      <TreeNode name="data" value={data} path="data" depth={0} onChoose={onChoose} />
      {Object.entries(attributes).map(([name, value]) => (
        <TreeNode key={name} name={name} value={jsonView(value)} path={name} depth={1} onChoose={onChoose} />
      ))}
    </ul>
  )
}

function Hex({ bytes }: { bytes: Uint8Array }) {
  const shown = useSignal(HEX_PAGE)
  const lines = useRef<HTMLPreElement>(null)
  const width = useSignal(8)
  useLayoutEffect(() => {
    const pane = lines.current!
    const watcher = new ResizeObserver(() => {
      width.value = pane.clientWidth < HEX_WIDE * Number.parseFloat(getComputedStyle(pane).fontSize) ? 8 : 16
    })
    watcher.observe(pane)
    return () => watcher.disconnect()
  }, [])
  return (
    <>
      <pre ref={lines}>{hexLines(bytes.subarray(0, shown.value), width.value)}</pre>
      {bytes.length > shown.value && (
        <button
          type="button"
          class="button"
          onClick={() => {
            shown.value += 4 * HEX_PAGE
          }}
        >
          {text.moreBytes}
        </button>
      )}
    </>
  )
}

function AsCloudEvent({ cursor }: { cursor: string }) {
  const { value, failure } = useAnswer(cursor, (signal) => eventAsJson(cursor, signal))
  if (failure.value !== undefined) return <p class="problem">{failure.value.message}</p>
  if (value.value === undefined) return null
  return <pre>{visibleLines(JSON.stringify(value.value, null, 2))}</pre>
}
