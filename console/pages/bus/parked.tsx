import type { ParkedInfo } from '../../../src/methods/contract/index.js'
import { formatCount } from '../../../src/types/figures.js'
import { addressOf, view } from '../../app/router.js'
import { call } from '../../hub/api.js'
import { busStrings } from '../../strings/bus.js'
import { visible } from '../../text/visible.js'
import { useMethod } from './ask.js'
import { ask, doing } from './notice.js'
import { Panel } from './panel.js'
import { Reason } from './reason.js'
import { type Column, Table } from './table.js'
import { ago } from './times.js'

const text = busStrings.parked
const MOST = 500

export function Parked() {
  const only = view.value.params.get('parked') ?? undefined
  const asked = useMethod('parked.list', { limit: MOST, consumer: only }, { right: 'consume', every: 5000 })
  const redeliver = async (choice: { ids: string[] } | { consumer: string }) => {
    const { count } = await call('parked.redeliver', choice)
    asked.refresh()
    return text.redelivered(count)
  }
  const remove = ({ id, tag }: ParkedInfo) =>
    ask(
      text.remove,
      text.confirmRemove(visible(tag)),
      async () => {
        const { count } = await call('parked.delete', { ids: [id] })
        asked.refresh()
        return text.removed(count)
      },
      true,
    )
  const columns: readonly Column<ParkedInfo>[] = [
    {
      title: text.event,
      kind: 'long',
      cell: ({ tag, cursor }) => (
        <a href={addressOf('events', { event: cursor })} title={cursor}>
          {visible(tag)}
        </a>
      ),
    },
    { title: text.consumer, side: true, cell: ({ consumer }) => consumer },
    { title: text.reason, kind: 'long', cell: ({ reason }) => <Reason>{reason}</Reason> },
    {
      title: text.tries,
      kind: 'number',
      side: true,
      cell: ({ tries, reparkedFrom }) => (
        <span title={reparkedFrom && text.again}>
          {formatCount(tries)}
          {reparkedFrom && ' ↻'}
        </span>
      ),
    },
    { title: text.since, kind: 'number', side: true, cell: ({ parkedAt }) => ago(parkedAt) },
    {
      title: text.redeliver,
      kind: 'action',
      cell: (parked) => (
        <button
          type="button"
          class="button plain"
          onClick={() => doing(() => redeliver({ ids: [parked.id] }))}
        >
          {text.redeliver}
        </button>
      ),
    },
    {
      title: text.remove,
      kind: 'action',
      side: true,
      cell: (parked) => (
        <button type="button" class="button plain" onClick={() => remove(parked)}>
          {text.remove}
        </button>
      ),
    },
  ]
  const parked = asked.value.value?.parked ?? []
  const whole = only !== undefined && (
    <a class="button plain" href={addressOf('bus')}>
      {text.only(visible(only))}
    </a>
  )
  const tools = consumersOf(parked).map(([consumer, number]) => (
    <button
      key={consumer}
      type="button"
      class="button plain"
      onClick={() =>
        ask(text.redeliver, text.confirmAll(consumer, number, asked.value.value?.more === true), () =>
          redeliver({ consumer }),
        )
      }
    >
      {consumer}: {text.redeliverAll}
    </button>
  ))
  return (
    <Panel title={text.title} asked={asked} count={({ parked }) => parked.length} tools={[whole, tools]}>
      {({ parked, more }) => (
        <>
          <Table
            title={text.title}
            columns={columns}
            rows={parked}
            none={text.none}
            rowKey={({ id }) => id}
          />
          {more && <p class="quiet">{text.more}</p>}
        </>
      )}
    </Panel>
  )
}

/** Consumers with parked events, a few at most: each has a button. */
function consumersOf(parked: readonly ParkedInfo[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const { consumer } of parked) counts.set(consumer, (counts.get(consumer) ?? 0) + 1)
  return [...counts].slice(0, 4)
}
