import type { ClusterNode, EdgeInfo, HubStatus } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { type Asked, may, useMethod } from './ask.js'
import { HaEvents } from './ha-events.js'
import { ask } from './notice.js'
import { Panel } from './panel.js'
import { State } from './state.js'
import { type Column, Table } from './table.js'
import { since, span } from './times.js'

const { cluster: text, edges: edgeText } = busStrings

const nodeColumns: readonly Column<ClusterNode>[] = [
  {
    title: text.name,
    kind: 'long',
    cell: ({ name, role, lag }) => (
      <State tone={lag > 0 ? 'warn' : 'ok'} label={role}>
        <strong>{name}</strong>
      </State>
    ),
  },
  { title: text.role, cell: ({ role }) => role },
  { title: text.address, kind: 'long', side: true, cell: ({ address = '' }) => address },
  { title: text.version, side: true, cell: ({ version }) => version },
  { title: text.position, kind: 'number', side: true, cell: ({ position }) => formatCount(position) },
  { title: text.lag, kind: 'number', cell: ({ lag }) => formatCount(lag) },
]

/** The hubs that share the log. It is only shown where there can be several. */
export function Cluster() {
  const asked = useMethod('cluster.status', {}, { right: 'monitor' })
  const stepDown = () =>
    ask(text.stepDown, text.confirm, async () => {
      const { primary } = await call('cluster.stepDown', {})
      asked.refresh()
      return text.done(primary)
    })
  const button = may('admin') && (
    <button type="button" class="button plain" onClick={stepDown}>
      {text.stepDown}
    </button>
  )
  return (
    <Panel title={text.title} asked={asked} count={({ nodes }) => nodes.length} tools={button}>
      {({ nodes, nats, fault }) => (
        <>
          {[fault, nats.fault, ...nats.notes].map((note) => note && <p class="problem">{note}</p>)}
          <Table
            title={text.title}
            columns={nodeColumns}
            rows={nodes}
            none={text.role}
            rowKey={({ name }) => name}
          />
          <p class="quiet">{text.nats(nats.server, nats.version, nats.stream)}</p>
          <HaEvents />
        </>
      )}
    </Panel>
  )
}

const edgeColumns: readonly Column<EdgeInfo>[] = [
  {
    title: edgeText.name,
    kind: 'long',
    cell: ({ name, state }) => (
      <State tone={state === 'up' ? 'ok' : 'error'} label={state}>
        <strong>{name}</strong>
      </State>
    ),
  },
  { title: edgeText.address, kind: 'long', side: true, cell: ({ address }) => address },
  { title: edgeText.events, kind: 'number', cell: ({ events }) => formatCount(events) },
  {
    title: edgeText.waiting,
    kind: 'number',
    cell: ({ waiting, waitingSince }) =>
      waitingSince === undefined
        ? formatCount(waiting)
        : `${formatCount(waiting)} (${span(since(waitingSince))})`,
  },
  { title: edgeText.gaps, kind: 'number', side: true, cell: ({ gaps }) => formatCount(gaps) },
]

export function Edges({ status }: { status: Asked<HubStatus> }) {
  return (
    <Panel title={edgeText.title} asked={status} count={({ edges = [] }) => edges.length}>
      {({ edges = [] }) => (
        <Table
          title={edgeText.title}
          columns={edgeColumns}
          rows={edges}
          none=""
          rowKey={({ name }) => name}
        />
      )}
    </Panel>
  )
}
