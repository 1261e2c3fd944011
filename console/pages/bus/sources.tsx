import type { SourceInfo } from '../../../src/methods/contract/index.js'
import { formatCount, formatSpan } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { useMethod } from './ask.js'
import { ofChosenHub } from './chosen-hub.js'
import { ConfigLink } from './config-link.js'
import { AddEntry, editColumns } from './entry/entry-buttons.js'
import { Panel, titleOf } from './panel.js'
import { Plot } from './plot.js'
import { Reason } from './reason.js'
import { joined, Rate } from './samples.js'
import { Cut, State, type Tone } from './state.js'
import { type Column, Table } from './table.js'
import { ago, hubNow, perSecond, since } from './times.js'
import { Trend, type Trends, useTrends } from './trends.js'

const text = busStrings.sources

const rates = new Map<string, Rate>()
export const tones: Record<SourceInfo['state'], Tone> = {
  up: 'ok',
  degraded: 'warn',
  silent: 'warn',
  down: 'error',
  standby: 'idle',
}

const columnsOf = (trends: Trends): readonly Column<SourceInfo>[] => [
  {
    title: text.name,
    kind: 'long',
    cell: ({ name, state }) => (
      <State tone={tones[state]} label={text.states[state]}>
        <ConfigLink name={name} keys="sources." />
      </State>
    ),
  },
  { title: text.state, kind: 'long', cell: StateOf },
  { title: text.last, kind: 'number', cell: ({ lastEvent }) => ago(lastEvent) },
  { title: text.rate, kind: 'number', cell: ({ name }) => rateWithPlot(name, trends) },
  { title: text.events, kind: 'number', side: true, cell: ({ events }) => formatCount(events) },
  {
    title: text.lost,
    kind: 'number',
    side: true,
    cell: ({ name, lost }) => (
      <Trend name={name} measure="errors" trends={trends}>
        {formatCount(lost)}
      </Trend>
    ),
  },
]

/** `hub`: whose they are, where there are several hubs. */
export function Sources({ hub }: { hub: string | undefined }) {
  const remember = ({ sources }: { sources: readonly SourceInfo[] }) => {
    const names = new Set(sources.map(({ name }) => name))
    for (const name of rates.keys()) if (!names.has(name)) rates.delete(name)
    for (const { name, events } of sources) rateOf(name).add(hubNow() / 1000, events)
  }
  const trends = useTrends('sources')
  const asked = useMethod('sources.list', ofChosenHub(), { right: 'monitor', onAnswer: remember })
  return (
    <Panel
      title={titleOf(text.title, hub)}
      asked={asked}
      count={({ sources }) => sources.length}
      tools={<AddEntry section="sources" />}
    >
      {({ sources }) => (
        <Table
          title={text.title}
          columns={[...columnsOf(trends), ...editColumns<SourceInfo>('sources')]}
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

/** Also those of devices. */
export function StateOf({ state, reason, since: from }: Pick<SourceInfo, 'state' | 'reason' | 'since'>) {
  const what = state === 'silent' ? text.silent(formatSpan(since(from))) : text.states[state]
  return reason === undefined ? <Cut>{what}</Cut> : <Reason>{`${what}: ${reason}`}</Reason>
}

/** The line is what the hub knows of the last hour, and what the page has seen since the latest sample. */
function rateWithPlot(name: string, trends: Trends) {
  const { now, series } = rateOf(name)
  return (
    <span class="with-plot">
      <Plot what={name} points={joined(trends(name, 'rate'), series.points)} format={perSecond} />
      {now === undefined ? busStrings.figures.tooFew : perSecond(now)}
    </span>
  )
}
