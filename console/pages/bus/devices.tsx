import type { DeviceInfo, SourceInfo } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { busStrings } from '../../strings/bus.js'
import { visible } from '../../text/visible.js'
import { useMethod } from './ask.js'
import { Panel, titleOf } from './panel.js'
import { StateOf, tones } from './sources.js'
import { Cut, State } from './state.js'
import { type Column, Table } from './table.js'
import { ago } from './times.js'

const text = busStrings.devices
const ofSources = busStrings.sources

const columns: readonly Column<DeviceInfo>[] = [
  {
    title: text.name,
    kind: 'long',
    cell: ({ name, state }) => (
      <State tone={tones[state]} label={ofSources.states[state]}>
        <strong>{visible(name)}</strong>
      </State>
    ),
  },
  { title: ofSources.state, kind: 'long', cell: StateOf },
  { title: text.address, kind: 'long', side: true, cell: ({ address }) => <Cut>{address}</Cut> },
  { title: text.stream, kind: 'words', side: true, cell: ({ stream }) => <Cut>{stream}</Cut> },
  {
    title: text.capabilities,
    kind: 'number',
    side: true,
    cell: ({ capabilities }) => formatCount(capabilities),
  },
  { title: ofSources.last, kind: 'number', cell: ({ lastEvent }) => ago(lastEvent) },
  { title: text.gaps, kind: 'number', cell: ({ gaps }) => formatCount(gaps) },
]

export function hasDevices(sources: readonly SourceInfo[]): boolean {
  return sources.some(({ name }) => /^(?:netconf|restconf)\//.test(name))
}

/** Those of the hub that serves the console. `hub`: its name, where there are several. */
export function Devices({ hub }: { hub: string | undefined }) {
  const asked = useMethod('devices.list', {}, { right: 'monitor' })
  return (
    <Panel title={titleOf(text.title, hub)} asked={asked} count={({ devices }) => devices.length}>
      {({ devices }) => (
        <Table
          title={text.title}
          columns={columns}
          rows={devices}
          none={text.none}
          rowKey={({ kind, name }) => `${kind}/${name}`}
        />
      )}
    </Panel>
  )
}
