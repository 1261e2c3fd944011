import type {
  ClusterNode,
  ClusterOverview,
  EdgeInfo,
  HubStatus,
} from '../../../src/methods/contract/index.js'
import { formatBytes, formatCount, formatSpan } from '../../../src/types/figures.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { visible } from '../../text/visible.js'
import { type Asked, may, useMethod } from './ask.js'
import { HaEvents } from './ha-events.js'
import { ask } from './notice.js'
import { Panel } from './panel.js'
import { State } from './state.js'
import { type Column, Table } from './table.js'
import { since, span } from './times.js'

const { cluster: text, edges: edgeText } = busStrings

interface HubRow extends Omit<ClusterNode, 'role' | 'position'> {
  role: string
  position?: number
  status?: HubStatus
}

/** Also those that have gone without a word. */
function rowsOf({ cluster, hubs }: ClusterOverview): HubRow[] {
  const rows = cluster.nodes.map((node) => ({
    ...node,
    status: hubs.find(({ hub }) => hub === node.name)?.status,
  }))
  const silent = (cluster.silent ?? []).map(({ name, address }) => {
    return { name, address, role: text.silent, version: text.unknown, lag: 0 }
  })
  return [...rows, ...silent]
}

function known(value: (status: HubStatus) => string) {
  return ({ status }: HubRow) => (status === undefined ? text.unknown : value(status))
}

const connectionsOf = ({ listeners }: HubStatus) =>
  listeners.reduce((sum, { connections }) => sum + connections, 0)

const nodeColumns: readonly Column<HubRow>[] = [
  {
    title: text.name,
    kind: 'long',
    cell: ({ name, role, lag, status }) => (
      <State tone={status === undefined ? 'error' : lag > 0 ? 'warn' : 'ok'} label={role}>
        <strong>{visible(name)}</strong>
      </State>
    ),
  },
  { title: text.role, cell: ({ role }) => role },
  { title: text.address, kind: 'long', side: true, cell: ({ address = '' }) => visible(address) },
  { title: text.version, side: true, cell: ({ version }) => visible(version) },
  {
    title: text.up,
    kind: 'number',
    side: true,
    cell: known(({ now, started }) => formatSpan(now - started)),
  },
  {
    title: text.subscribers,
    kind: 'number',
    cell: known(({ subscribers }) => formatCount(subscribers)),
  },
  {
    title: text.connections,
    kind: 'number',
    side: true,
    cell: known((status) => formatCount(connectionsOf(status))),
  },
  { title: text.memory, kind: 'number', side: true, cell: known(({ memory }) => formatBytes(memory.rss)) },
  {
    title: text.position,
    kind: 'number',
    side: true,
    cell: ({ position }) => (position === undefined ? text.unknown : formatCount(position)),
  },
  { title: text.lag, kind: 'number', cell: ({ lag }) => formatCount(lag) },
]

/** The hubs that share the log. It is only shown where there can be several. */
export function Cluster() {
  const asked = useMethod('cluster.overview', {}, { right: 'monitor' })
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
    <Panel title={text.title} asked={asked} count={({ cluster }) => cluster.nodes.length} tools={button}>
      {(overview) => (
        <>
          {overview.problems.map(({ text: problem, next }) => (
            <p key={problem} class="problem" title={visible(next)}>
              {visible(problem)}
            </p>
          ))}
          <Table
            title={text.title}
            columns={nodeColumns}
            rows={rowsOf(overview)}
            none={text.role}
            rowKey={({ name }) => name}
          />
          <NatsLine nats={overview.cluster.nats} />
          <HaEvents />
        </>
      )}
    </Panel>
  )
}

function NatsLine({ nats: { server, version, stream } }: { nats: ClusterOverview['cluster']['nats'] }) {
  return <p class="quiet">{text.nats(server, version, stream)}</p>
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
