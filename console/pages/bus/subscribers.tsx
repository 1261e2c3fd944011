import { useSignal } from '@preact/signals'
import type { AskedHub, SubscriberInfo } from '../../../src/methods/contract/index.js'
import { formatBytes, formatCount, formatSpan } from '../../../src/types/figures.js'
import { session } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { visible } from '../../text/visible.js'
import { useMethod } from './ask.js'
import { ofChosenHub } from './chosen-hub.js'
import { Filter } from './filter.js'
import { Panel } from './panel.js'
import { Search } from './search.js'
import { State } from './state.js'
import { type Column, Table } from './table.js'
import { since, span } from './times.js'
import { Trend, type Trends, useTrends } from './trends.js'

const text = busStrings.subscribers
/** Whoever is later than this is marked, even if it is served live and only does not acknowledge, µs. */
const LATE = 10e6

const columnsOf = (trends: Trends): readonly Column<SubscriberInfo>[] => [
  { title: text.name, kind: 'long', cell: Name },
  { title: text.filter, kind: 'long', side: true, cell: ({ filter }) => <Filter text={filter} /> },
  { title: text.position, side: true, cell: ({ cursor }) => <span class="mono">{cursor}</span> },
  {
    title: text.lag,
    kind: 'number',
    cell: (subscriber) => (
      <Trend name={trendName(subscriber)} measure="lag" trends={trends}>
        {formatCount(subscriber.lagEvents)}
      </Trend>
    ),
  },
  { title: text.behind, kind: 'number', cell: ({ lagMicros }) => span(lagMicros) },
  {
    title: text.slow,
    kind: 'number',
    side: true,
    cell: slowOf,
  },
  {
    title: text.policy,
    side: true,
    cell: (subscriber) => (
      <Trend name={trendName(subscriber)} measure="errors" trends={trends}>
        {policyOf(subscriber)}
      </Trend>
    ),
  },
  {
    title: text.delivered,
    kind: 'number',
    side: true,
    cell: (subscriber) => (
      <Trend name={trendName(subscriber)} measure="rate" trends={trends}>
        {formatCount(subscriber.delivered)}
      </Trend>
    ),
  },
]

const hubColumn: Column<SubscriberInfo> = {
  title: busStrings.hubs.name,
  cell: ({ hub = '' }) => visible(hub),
}

/** Those of all hubs, with the name of the hub, or those of the hub that is chosen. */
export function Subscribers() {
  const asked = useMethod('subscribers.list', ofChosenHub(), { right: 'monitor' })
  const columns = columnsOf(useTrends('subscribers'))
  const search = useSignal('')
  const matches = ({ label, principal, filter, consumer = '', hub = '' }: SubscriberInfo) =>
    `${label} ${principal} ${filter} ${consumer} ${hub}`.includes(search.value)
  return (
    <Panel
      title={text.title}
      asked={asked}
      count={({ subscribers }) => subscribers.length}
      tools={<Search label={text.search} value={search} />}
    >
      {({ subscribers, hubs }) => (
        <>
          <Missing hubs={hubs} />
          <Table
            title={text.title}
            columns={hubs === undefined ? columns : [columns[0], hubColumn, ...columns.slice(1)]}
            rows={subscribers.filter(matches)}
            none={text.none}
            rowKey={({ hub = '', id }) => `${hub} ${id}`}
          />
        </>
      )}
    </Panel>
  )
}

/** The hubs whose rows are not there, or not all. */
function Missing({ hubs = [] }: { hubs: readonly AskedHub[] | undefined }) {
  const { missing, omitted } = busStrings.hubs
  const lines = hubs.flatMap(({ hub, fault, omitted: number = 0 }) => {
    if (fault !== undefined) return [missing(visible(hub), visible(fault))]
    return number > 0 ? [omitted(visible(hub), number)] : []
  })
  return (
    <>
      {lines.map((line) => (
        <p key={line} class="problem">
          {line}
        </p>
      ))}
    </>
  )
}

/** The name that a program has given itself stands behind the address of its connection. */
function Label({ label }: { label: string }) {
  const [, address, name] = /^(unix:\S+|tcp:\S+) (.+)$/.exec(label) ?? []
  return <>{name === undefined ? label : `${name} · ${address}`}</>
}

function Name({ label: given, principal, state, consumer, pending, slowSince, lagMicros }: SubscriberInfo) {
  const label = visible(given)
  const isBehind = slowSince !== undefined || lagMicros > LATE
  const details = [label, pending > 0 ? text.pending(formatBytes(pending)) : '']
  return (
    <State tone={isBehind ? 'warn' : 'ok'} label={state}>
      <strong>{consumer ?? principal}</strong>{' '}
      <span class="quiet" title={details.join('\n')}>
        <Label label={label} />
      </span>
    </State>
  )
}

/** Trends are those of the hub that is asked; of another one there is none. */
function trendName({ id, hub }: SubscriberInfo): string {
  const who = session.value
  return hub === undefined || (typeof who === 'object' && who.hub === hub) ? id : ''
}

function slowOf({ slowSince, pending }: SubscriberInfo): string {
  if (slowSince === undefined) return '–'
  return text.slowFor(formatSpan(since(slowSince)), pending > 0 ? formatBytes(pending) : undefined)
}

function policyOf({ lag, skipped }: SubscriberInfo) {
  return skipped === 0 ? lag : <span title={text.skipped(skipped)}>{`${lag} (${formatCount(skipped)})`}</span>
}
