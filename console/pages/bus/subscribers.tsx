import { useSignal } from '@preact/signals'
import type { SubscriberInfo } from '../../../src/methods/contract/index.js'
import { formatBytes, formatCount, formatSpan } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { visible } from '../../text/visible.js'
import { useMethod } from './ask.js'
import { Filter } from './filter.js'
import { Panel } from './panel.js'
import { Search } from './search.js'
import { State } from './state.js'
import { type Column, Table } from './table.js'
import { since, span } from './times.js'

const text = busStrings.subscribers
/** Whoever is later than this is marked, even if it is served live and only does not acknowledge, µs. */
const LATE = 10e6

const columns: readonly Column<SubscriberInfo>[] = [
  { title: text.name, kind: 'long', cell: Name },
  { title: text.filter, kind: 'long', side: true, cell: ({ filter }) => <Filter text={filter} /> },
  { title: text.position, side: true, cell: ({ cursor }) => <span class="mono">{cursor}</span> },
  { title: text.lag, kind: 'number', cell: ({ lagEvents }) => formatCount(lagEvents) },
  { title: text.behind, kind: 'number', cell: ({ lagMicros }) => span(lagMicros) },
  {
    title: text.slow,
    kind: 'number',
    side: true,
    cell: ({ slowSince }) => (slowSince === undefined ? '–' : formatSpan(since(slowSince))),
  },
  { title: text.policy, side: true, cell: policyOf },
  { title: text.delivered, kind: 'number', side: true, cell: ({ delivered }) => formatCount(delivered) },
]

export function Subscribers() {
  const asked = useMethod('subscribers.list', {}, { right: 'monitor' })
  const search = useSignal('')
  const matches = ({ label, principal, filter, consumer = '' }: SubscriberInfo) =>
    `${label} ${principal} ${filter} ${consumer}`.includes(search.value)
  return (
    <Panel
      title={text.title}
      asked={asked}
      count={({ subscribers }) => subscribers.length}
      tools={<Search label={text.search} value={search} />}
    >
      {({ subscribers }) => (
        <Table
          title={text.title}
          columns={columns}
          rows={subscribers.filter(matches)}
          none={text.none}
          rowKey={({ id }) => id}
        />
      )}
    </Panel>
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

function policyOf({ lag, skipped }: SubscriberInfo) {
  return skipped === 0 ? lag : <span title={text.skipped(skipped)}>{`${lag} (${formatCount(skipped)})`}</span>
}
