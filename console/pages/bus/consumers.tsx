import { useSignal } from '@preact/signals'
import type { ConsumerInfo } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { addressOf } from '../../app/router.js'
import { busStrings } from '../../strings/bus.js'
import { useMethod } from './ask.js'
import { Filter } from './filter.js'
import { Panel } from './panel.js'
import { Rewind } from './rewind.js'
import { State, type Tone } from './state.js'
import { type Column, Table } from './table.js'
import { perSecond, span } from './times.js'
import { Trend, useTrends } from './trends.js'

const text = busStrings.consumers

export function Consumers() {
  const asked = useMethod('consumers.list', {}, { right: 'consume' })
  const rewound = useSignal<string | undefined>(undefined)
  const trends = useTrends('consumers')
  const rateOf = (name: string) => {
    const now = trends(name, 'rate').at(-1)?.value
    return (
      <Trend name={name} measure="rate" trends={trends}>
        {now === undefined ? busStrings.figures.tooFew : perSecond(now)}
      </Trend>
    )
  }
  const close = () => {
    rewound.value = undefined
    asked.refresh()
  }
  const columns: readonly Column<ConsumerInfo>[] = [
    {
      title: text.name,
      kind: 'long',
      cell: (consumer) => (
        <State tone={toneOf(consumer)} label={`${text.connections}: ${consumer.connections}`}>
          <strong>{consumer.name}</strong>
        </State>
      ),
    },
    { title: text.filter, kind: 'long', side: true, cell: ({ filter }) => <Filter text={filter} /> },
    { title: text.position, side: true, cell: ({ cursor }) => <span class="mono">{cursor}</span> },
    {
      title: text.lag,
      kind: 'number',
      cell: ({ name, lagEvents }) => (
        <Trend name={name} measure="lag" trends={trends}>
          {formatCount(lagEvents)}
        </Trend>
      ),
    },
    { title: text.behind, kind: 'number', side: true, cell: ({ lagMicros }) => span(lagMicros) },
    { title: text.pending, kind: 'number', side: true, cell: ({ pending }) => formatCount(pending) },
    { title: text.rate, kind: 'number', side: true, cell: ({ name }) => rateOf(name) },
    {
      title: text.parked,
      kind: 'number',
      cell: (consumer) => (
        <Trend name={consumer.name} measure="errors" trends={trends}>
          {parkedOf(consumer)}
        </Trend>
      ),
    },
    {
      title: text.rewind,
      kind: 'action',
      cell: ({ name }) => (
        <button
          type="button"
          class="button plain"
          onClick={() => {
            rewound.value = name
          }}
        >
          {text.rewind}
        </button>
      ),
    },
  ]
  return (
    <>
      <Panel title={text.title} asked={asked} count={({ consumers }) => consumers.length}>
        {({ consumers }) => (
          <Table
            title={text.title}
            columns={columns}
            rows={consumers}
            none={text.none}
            rowKey={({ name }) => name}
          />
        )}
      </Panel>
      {rewound.value !== undefined && <Rewind name={rewound.value} onClose={close} />}
    </>
  )
}

function parkedOf({ name, parked }: ConsumerInfo) {
  if (parked === 0) return formatCount(parked)
  return (
    <a href={addressOf('bus', { parked: name })} aria-label={text.showParked(parked, name)}>
      {formatCount(parked)}
    </a>
  )
}

function toneOf({ connections, parked, lagEvents }: ConsumerInfo): Tone {
  if (parked > 0) return 'warn'
  if (connections > 0) return 'ok'
  return lagEvents > 0 ? 'warn' : 'idle'
}
