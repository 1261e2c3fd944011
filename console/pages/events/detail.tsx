import { useSignal } from '@preact/signals'
import type { Event } from 'tocsin/browser'
import { jsonView } from '../../../src/event/json/view.js'
import { formatBytes } from '../../../src/types/figures.js'
import { CopyButton } from '../../components/copy-button.js'
import { eventAsJson } from '../../hub/api.js'
import { useAnswer } from '../../hub/asking.js'
import type { KnownTypes } from '../../hub/types.js'
import { strings } from '../../strings.js'
import { hexLines } from '../../text/hex.js'
import { fullMoment } from '../../text/moments.js'
import { visible, visibleLines } from '../../text/visible.js'
import { commandFor, curlFor } from './copies.js'
import type { Choice } from './query.js'
import { typeIn } from './row-text.js'
import { TreeNode } from './tree.js'

interface DetailProps {
  event: Event
  cursor: string
  types: KnownTypes
  onChoose(choice: Choice): void
  onMove(by: number): void
  onClose(): void
}

/** An event with a longer body is shown only when somebody asks for it, bytes. */
const ASK_ABOVE = 256 * 1024
const HEX_PAGE = 4096
const text = strings.events.detail
const tabs = ['tree', 'raw', 'hex', 'cloudevent'] as const
type Tab = (typeof tabs)[number]

/** One event in full. */
export function Detail({ event, cursor, types, onChoose, onMove, onClose }: DetailProps) {
  const tab = useSignal<Tab>('tree')
  const asked = useSignal(0)
  const tag = visible(event.tag)
  const isLong = event.body.length > ASK_ABOVE && asked.value !== event.seq
  return (
    <section class="detail" aria-label={text.region(tag)}>
      <header>
        <h2 class="mono">{tag}</h2>
        <button type="button" class="button plain" aria-label={text.close} onClick={onClose}>
          ✕
        </button>
      </header>
      <dl class="facts">
        <Fact name="type" value={typeIn(event, types.typeOf)} onChoose={onChoose} />
        <Fact name="source" value={event.source} onChoose={onChoose} />
        <dt>time</dt>
        <dd class="mono">{fullMoment(event.time)}</dd>
        <dt>cursor</dt>
        <dd class="mono">{cursor}</dd>
      </dl>
      <div class="actions">
        <button type="button" class="button" aria-label={text.previous} onClick={() => onMove(-1)}>
          ‹
        </button>
        <button type="button" class="button" aria-label={text.next} onClick={() => onMove(1)}>
          ›
        </button>
        <CopyButton text={commandFor(event)} label={text.command} what={text.command} />
        <CopyButton text={curlFor(cursor)} label={text.curl} what={text.curl} />
        <CopyButton text={location.href} label={text.link} what={text.link} />
      </div>
      <div class="tabs" role="tablist">
        {tabs.map((each) => (
          <button
            key={each}
            type="button"
            role="tab"
            aria-selected={tab.value === each}
            onClick={() => {
              tab.value = each
            }}
          >
            {text.tabs[each]}
          </button>
        ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it can be scrolled */}
      <div class="body mono" role="tabpanel" aria-label={text.tabs[tab.value]} tabIndex={0}>
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
          <Body key={cursor} tab={tab.value} event={event} cursor={cursor} onChoose={onChoose} />
        )}
      </div>
    </section>
  )
}

function Fact({ name, value, onChoose }: { name: string; value: string; onChoose(choice: Choice): void }) {
  return (
    <>
      <dt>{name}</dt>
      <dd class="mono">
        {visible(value)}
        <button
          type="button"
          class="choose"
          aria-label={`${text.include}: ${name}`}
          title={text.include}
          onClick={() => onChoose({ field: name, value, not: false })}
        >
          +
        </button>
      </dd>
    </>
  )
}

interface BodyProps {
  tab: Tab
  event: Event
  cursor: string
  onChoose(choice: Choice): void
}

function Body({ tab, event, cursor, onChoose }: BodyProps) {
  if (tab === 'hex') return <Hex bytes={event.body} />
  if (tab === 'cloudevent') return <AsCloudEvent cursor={cursor} />
  const data = jsonView(event.data)
  if (tab === 'raw') return <pre>{visibleLines(JSON.stringify(data, null, 2))}</pre>
  const { attributes } = event
  return (
    <ul class="tree">
      <TreeNode name="data" value={data} path="data" depth={0} onChoose={onChoose} />
      {Object.entries(attributes).map(([name, value]) => (
        <TreeNode key={name} name={name} value={jsonView(value)} path={name} depth={1} onChoose={onChoose} />
      ))}
    </ul>
  )
}

function Hex({ bytes }: { bytes: Uint8Array }) {
  const shown = useSignal(HEX_PAGE)
  return (
    <>
      <pre>{hexLines(bytes.subarray(0, shown.value))}</pre>
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
