import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { AlertInfo, SilenceInfo } from '../../../../src/methods/contract/index.js'
import { formatCount } from '../../../../src/types/figures.js'
import { addressOf } from '../../../app/router.js'
import { setting } from '../../../app/setting.js'
import { call } from '../../../hub/api.js'
import { alertStrings as text } from '../../../strings/alerts.js'
import { strings } from '../../../strings.js'
import { visible } from '../../../text/visible.js'
import { may, useMethod } from '../ask.js'
import { useKeptFocus } from '../kept-focus.js'
import { ask, doing, Notice } from '../notice.js'
import { Panel } from '../panel.js'
import { Cut, State, type Tone } from '../state.js'
import { type Column, Table } from '../table.js'
import { ago, moment, setClock } from '../times.js'
import { matchersText } from './matchers.js'
import { SilenceDialog } from './silence-dialog.js'

const MOST = 500
const CLOCK_MS = 60_000

const tones: Record<AlertInfo['severity'], Tone> = {
  critical: 'error',
  error: 'error',
  warning: 'warn',
  info: 'ok',
}

type Matchers = Readonly<Record<string, string>>

/** The alerts that fire, and those that are kept from sinks. */
export function Page() {
  const asked = useMethod('alerts.list', { all: true, limit: MOST })
  // Silences end at a time of the hub.
  useMethod('hub.status', {}, { right: 'monitor', every: CLOCK_MS, onAnswer: ({ now }) => setClock(now) })
  const silencing = useSignal<Matchers | undefined>(undefined)
  const isKnown = asked.value.value !== undefined || asked.failure.value !== undefined
  useKeptFocus()
  useEffect(() => {
    document.title = text.title
    return () => {
      document.title = strings.product
    }
  }, [])
  const silence = may('admin') ? (matchers: Matchers) => setting(silencing, matchers) : undefined
  return (
    <div class="bus" tabIndex={-1} data-ready={isKnown || undefined}>
      <header class="bus-top">
        <h1>{text.title}</h1>
      </header>
      <Notice />
      <Firing asked={asked} silence={silence} />
      {may('monitor') && <SilenceList asked={asked} silence={silence} />}
      {silencing.value && (
        <SilenceDialog
          matchers={silencing.value}
          onDone={asked.refresh}
          onClose={setting(silencing, undefined)}
        />
      )}
    </div>
  )
}

/** A label without a text cannot be asked for. */
function filled(labels: Matchers): Matchers {
  return Object.fromEntries(Object.entries(labels).filter(([, text]) => text !== ''))
}

interface PartProps {
  asked: ReturnType<typeof useMethod<'alerts.list'>>
  /** Returns what begins to silence such alerts; undefined: the reader may not. */
  silence: ((matchers: Matchers) => () => void) | undefined
}

const columns: readonly Column<AlertInfo>[] = [
  {
    title: text.rule,
    kind: 'long',
    cell: ({ rule, severity, silenced }) => (
      <State tone={tones[severity]} label={severity}>
        <strong>{rule}</strong> {silenced && <span class="quiet">{text.silenced}</span>}
      </State>
    ),
  },
  {
    title: text.summary,
    kind: 'words',
    cell: ({ summary, first }) => (
      <a href={addressOf('events', { event: first })} title={visible(summary)}>
        {visible(summary)}
      </a>
    ),
  },
  { title: text.since, kind: 'number', cell: ({ start }) => ago(start) },
  { title: text.count, kind: 'number', side: true, cell: ({ count }) => formatCount(count) },
  { title: text.labels, kind: 'long', side: true, cell: ({ labels }) => <Cut>{matchersText(labels)}</Cut> },
  { title: text.sinks, kind: 'words', side: true, cell: ({ sinks = [] }) => <Cut>{sinks.join(', ')}</Cut> },
]

function Firing({ asked, silence }: PartProps) {
  const resolve = ({ key, rule, summary }: AlertInfo) =>
    ask(text.resolve, text.confirmResolve(visible(summary)), async () => {
      await call('alerts.resolve', { key })
      asked.refresh()
      return text.resolved(rule)
    })
  const actions: readonly Column<AlertInfo>[] = [
    {
      title: text.silence,
      kind: 'action',
      side: true,
      cell: ({ rule, labels }) => (
        <button type="button" class="button plain" onClick={silence?.({ rule, ...filled(labels) })}>
          {text.silence}
        </button>
      ),
    },
    {
      title: text.resolve,
      kind: 'action',
      side: true,
      cell: (alert) => (
        <button type="button" class="button plain" onClick={() => resolve(alert)}>
          {text.resolve}
        </button>
      ),
    },
  ]
  return (
    <Panel title={text.firing} asked={asked} count={({ alerts }) => alerts.length}>
      {({ alerts, more }) => (
        <>
          <Table
            title={text.firing}
            columns={silence === undefined ? columns : [...columns, ...actions]}
            rows={alerts}
            none={text.none}
            rowKey={({ key }) => key}
          />
          {more && <p class="quiet">{text.more(MOST)}</p>}
        </>
      )}
    </Panel>
  )
}

function SilenceList({ asked, silence }: PartProps) {
  const end = ({ id }: SilenceInfo) =>
    doing(async () => {
      await call('alerts.unsilence', { id })
      asked.refresh()
      return text.silences.ended
    })
  const shown: readonly Column<SilenceInfo>[] = [
    {
      title: text.silences.match,
      kind: 'long',
      cell: ({ matchers }) => <Cut>{matchersText(matchers)}</Cut>,
    },
    { title: text.silences.until, cell: ({ until }) => moment(until) },
    { title: text.silences.by, side: true, cell: ({ by }) => <Cut>{by}</Cut> },
    { title: text.silences.why, kind: 'long', side: true, cell: ({ why }) => <Cut>{why}</Cut> },
  ]
  const ends: Column<SilenceInfo> = {
    title: text.silences.end,
    kind: 'action',
    cell: (each) => (
      <button type="button" class="button plain" onClick={() => end(each)}>
        {text.silences.end}
      </button>
    ),
  }
  const add = silence && (
    <button type="button" class="button" onClick={silence({})}>
      {text.silences.add}
    </button>
  )
  return (
    <Panel title={text.silences.title} asked={asked} count={({ silences }) => silences.length} tools={add}>
      {({ silences }) => (
        <Table
          title={text.silences.title}
          columns={silence === undefined ? shown : [...shown, ends]}
          rows={silences}
          none={text.silences.none}
          rowKey={({ id }) => id}
        />
      )}
    </Panel>
  )
}
