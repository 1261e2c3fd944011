import { useSignal } from '@preact/signals'
import type { SinkInfo } from '../../../src/methods/contract/index.js'
import { formatCount, formatSpan } from '../../../src/types/figures.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { may, useMethod } from './ask.js'
import { chosenHub, ofChosenHub } from './chosen-hub.js'
import { ConfigLink } from './config-link.js'
import { AddEntry, editColumns } from './entry/entry-buttons.js'
import { doing } from './notice.js'
import { Panel, titleOf } from './panel.js'
import { Reason } from './reason.js'
import { Cut, State, type Tone } from './state.js'
import { type Column, Table } from './table.js'
import { hubNow, span } from './times.js'
import { Trend, useTrends } from './trends.js'

const text = busStrings.sinks

const tones: Record<SinkInfo['state'], Tone> = {
  starting: 'idle',
  up: 'ok',
  retrying: 'warn',
  paused: 'idle',
  standby: 'idle',
  down: 'error',
  stopped: 'idle',
}

/** `hub`: whose they are, where there are several hubs. */
export function Sinks({ hub }: { hub: string | undefined }) {
  const asked = useMethod('sinks.list', ofChosenHub(), { right: 'monitor' })
  const trends = useTrends('sinks')
  const withTrend = (name: string, measure: 'lag' | 'rate' | 'errors', now: number) => (
    <Trend name={name} measure={measure} trends={trends}>
      {formatCount(now)}
    </Trend>
  )
  const tested = useSignal<string | undefined>(undefined)
  const toggle = ({ name, state }: SinkInfo) =>
    doing(async () => {
      const isPaused = state === 'paused'
      await call(isPaused ? 'sinks.resume' : 'sinks.pause', { name })
      asked.refresh()
      return isPaused ? text.resumed(name) : text.paused(name)
    })
  const tryNow = (name: string) =>
    doing(async () => {
      await call('sinks.resume', { name })
      asked.refresh()
      return text.tried(name)
    })
  const test = (name: string) =>
    doing(async () => {
      tested.value = name
      try {
        const { took } = await call('sinks.test', { name })
        return text.tested(name, formatSpan(took))
      } finally {
        tested.value = undefined
      }
    })
  const columns: readonly Column<SinkInfo>[] = [
    {
      title: text.name,
      kind: 'long',
      cell: ({ name, type, state }) => (
        <State tone={tones[state]} label={state}>
          <ConfigLink name={name} keys={`sinks.${name}`} /> <span class="quiet">{type}</span>
        </State>
      ),
    },
    {
      title: text.state,
      kind: 'words',
      cell: (sink) =>
        sink.reason === undefined ? <Cut>{stateOf(sink)}</Cut> : <Reason>{stateOf(sink)}</Reason>,
    },
    { title: text.target, kind: 'long', side: true, cell: ({ target }) => <Cut>{target}</Cut> },
    {
      title: text.lag,
      kind: 'number',
      side: true,
      cell: ({ name, lagEvents }) => withTrend(name, 'lag', lagEvents),
    },
    { title: text.behind, kind: 'number', side: true, cell: ({ lagMicros }) => span(lagMicros) },
    {
      title: text.delivered,
      kind: 'number',
      side: true,
      cell: ({ name, delivered }) => withTrend(name, 'rate', delivered),
    },
    { title: text.parked, kind: 'number', side: true, cell: ({ parkedEvents }) => formatCount(parkedEvents) },
    {
      title: text.failures,
      kind: 'number',
      side: true,
      cell: ({ name, failures }) => withTrend(name, 'errors', failures),
    },
  ]
  const actions: readonly Column<SinkInfo>[] = [
    {
      title: text.tryNow,
      kind: 'action',
      cell: ({ name, state }) =>
        (state === 'retrying' || state === 'down') && (
          <button type="button" class="button plain" onClick={() => tryNow(name)}>
            {text.tryNow}
          </button>
        ),
    },
    {
      title: text.test,
      kind: 'action',
      side: true,
      cell: ({ name }) => (
        <button
          type="button"
          class="button plain"
          disabled={tested.value !== undefined}
          onClick={() => test(name)}
        >
          {tested.value === name ? text.testing : text.test}
        </button>
      ),
    },
    {
      title: text.pause,
      kind: 'action',
      side: true,
      cell: (sink) => (
        <button type="button" class="button plain" onClick={() => toggle(sink)}>
          {sink.state === 'paused' ? text.resume : text.pause}
        </button>
      ),
    },
  ]
  return (
    <Panel
      title={titleOf(text.title, hub)}
      asked={asked}
      count={({ sinks }) => sinks.length}
      tools={<AddEntry section="sinks" />}
    >
      {({ sinks }) => (
        <Table
          title={text.title}
          columns={[
            ...columns,
            ...(may('admin') && chosenHub() === undefined ? actions : []),
            ...editColumns<SinkInfo>('sinks'),
          ]}
          rows={sinks}
          none={text.none}
          rowKey={({ name }) => name}
        />
      )}
    </Panel>
  )
}

/** With the reason, and of one that cannot deliver when it tries again. */
function stateOf({ state, reason, nextTry }: SinkInfo): string {
  const wait = nextTry === undefined ? '' : `, ${text.nextTry(formatSpan(nextTry - hubNow()))}`
  return reason === undefined ? `${state}${wait}` : `${state}: ${reason}${wait}`
}
