import type { SourceInfo } from '../../../src/methods/contract/index.js'
import { formatCount, formatSpan } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { visible } from '../../text/visible.js'
import { useMethod } from './ask.js'
import { ofChosenHub } from './chosen-hub.js'
import { Panel, titleOf } from './panel.js'
import { Plot } from './plot.js'
import { Rate } from './samples.js'
import { Cut, State, type Tone } from './state.js'
import { type Column, Table } from './table.js'
import { ago, hubNow, perSecond, since } from './times.js'

const text = busStrings.sources

const rates = new Map<string, Rate>()
const tones: Record<SourceInfo['state'], Tone> = {
  up: 'ok',
  degraded: 'warn',
  silent: 'warn',
  down: 'error',
  standby: 'idle',
}

const columns: readonly Column<SourceInfo>[] = [
  {
    title: text.name,
    kind: 'long',
    cell: ({ name, state }) => (
      <State tone={tones[state]} label={text.states[state]}>
        <strong>{visible(name)}</strong>
      </State>
    ),
  },
  { title: text.state, kind: 'long', cell: (source) => <Cut>{stateOf(source)}</Cut> },
  { title: text.last, kind: 'number', cell: ({ lastEvent }) => ago(lastEvent) },
  { title: text.rate, kind: 'number', cell: RateOf },
  { title: text.events, kind: 'number', side: true, cell: ({ events }) => formatCount(events) },
  { title: text.lost, kind: 'number', side: true, cell: ({ lost }) => formatCount(lost) },
]

/** `hub`: whose they are, where there are several hubs. */
export function Sources({ hub }: { hub: string | undefined }) {
  const remember = ({ sources }: { sources: readonly SourceInfo[] }) => {
    const names = new Set(sources.map(({ name }) => name))
    for (const name of rates.keys()) if (!names.has(name)) rates.delete(name)
    for (const { name, events } of sources) rateOf(name).add(hubNow() / 1000, events)
  }
  const asked = useMethod('sources.list', ofChosenHub(), { right: 'monitor', onAnswer: remember })
  return (
    <Panel title={titleOf(text.title, hub)} asked={asked} count={({ sources }) => sources.length}>
      {({ sources }) => (
        <Table
          title={text.title}
          columns={columns}
          rows={sources}
          none={text.none}
          rowKey={({ name }) => name}
        />
      )}
    </Panel>
  )
}

function rateOf(name: string): Rate {
  let rate = rates.get(name)
  if (rate === undefined) {
    rate = new Rate()
    rates.set(name, rate)
  }
  return rate
}

function stateOf({ state, reason, since: from }: SourceInfo): string {
  const what = state === 'silent' ? text.silent(formatSpan(since(from))) : text.states[state]
  return reason === undefined ? what : `${what}: ${reason}`
}

function RateOf({ name }: SourceInfo) {
  const { now, series } = rateOf(name)
  return (
    <span class="with-plot">
      <Plot what={name} points={series.points} format={perSecond} />
      {now === undefined ? busStrings.figures.tooFew : perSecond(now)}
    </span>
  )
}
