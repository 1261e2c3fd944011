import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Event, formatCursor } from 'tocsin/browser'
import { messageOf } from '../../../src/errors/thrown.js'
import type { EventPage } from '../../../src/methods/contract/index.js'
import { summaryOf } from '../../../src/types/summary.js'
import { addressOf } from '../../app/router.js'
import { eventsIn } from '../../hub/frames.js'
import { hub, renewals } from '../../hub/live.js'
import { type KnownTypes, knownTypes } from '../../hub/types.js'
import { haStrings as text } from '../../strings/ha.js'
import { strings } from '../../strings.js'
import { dayAndSecond } from '../../text/moments.js'
import { visible } from '../../text/visible.js'
import { Cut } from './state.js'
import { type Column, Table } from './table.js'
import { ago } from './times.js'

const FILTER = 'hub/ha/'
const MOST = 20
/** Characters of a summary. */
const ROOM = 240
/** Pages without a match: the hub stops at its limit of work. */
const MAX_PAGES = 8

interface HaEvent {
  readonly cursor: string
  readonly time: number
  readonly what: string
  readonly summary: string
}

const columns: readonly Column<HaEvent>[] = [
  {
    title: text.when,
    cell: ({ time, cursor }) => (
      <a href={addressOf('events', { event: cursor })} title={ago(time)}>
        {dayAndSecond(time)}
      </a>
    ),
  },
  { title: text.what, cell: ({ what }) => <span class="mono">{what}</span> },
  { title: text.summary, kind: 'rest', cell: ({ summary }) => <Cut>{summary}</Cut> },
]

/** Shows the events of the hubs of the cluster as they arrive, the newest first. */
export function HaEvents() {
  const events = useSignal<readonly HaEvent[] | undefined>(undefined)
  const failure = useSignal('')
  useEffect(() => {
    const abort = new AbortController()
    events.value = undefined
    failure.value = ''
    const show = (more: readonly HaEvent[]) => {
      events.value = [...more, ...(events.peek() ?? [])].slice(0, MOST)
    }
    followHa(show, abort.signal).catch((error) => {
      if (!abort.signal.aborted) failure.value = strings.failed(messageOf(error))
    })
    return () => abort.abort()
  }, [renewals.value])
  return (
    <>
      <h3 class="heading">{text.title}</h3>
      {failure.value !== '' && <p class="problem">{failure.value}</p>}
      {events.value && (
        <Table
          title={text.title}
          columns={columns}
          rows={events.value}
          none={text.none}
          rowKey={({ cursor }) => cursor}
          short={8}
        />
      )}
    </>
  )
}

/** Reads the latest events about the cluster, and then waits for more. */
async function followHa(show: (events: readonly HaEvent[]) => void, signal: AbortSignal): Promise<void> {
  const [client, types] = await Promise.all([hub(), knownTypes()])
  const shown = (event: Event) => haEvent(event, client.welcome.epoch, types)
  const latest: HaEvent[] = []
  let from: string | undefined
  let before: string | undefined = 'end'
  for (let page = 0; before !== undefined && page < MAX_PAGES && latest.length < MOST; page++) {
    const asked = { filters: FILTER, before, limit: MOST - latest.length }
    const found: EventPage = await client.request<EventPage>('events.read', asked, { signal })
    latest.push(...eventsIn(found.frames, found.count).map(shown))
    from ??= found.cursor
    before = found.next
  }
  if (signal.aborted) return
  show(latest)
  const subscription = client.subscribe(FILTER, { from })
  signal.addEventListener('abort', () => void subscription.close(), { once: true })
  for await (const item of subscription.batches()) {
    if (item.status === undefined) show(item.events().map(shown))
  }
}

function haEvent(event: Event, epoch: string, types: KnownTypes): HaEvent {
  const { tag, time, seq } = event
  return {
    cursor: formatCursor(epoch, seq),
    time,
    what: visible(tag.slice(FILTER.length)),
    summary: summaryOf(event.data, ROOM, types.displays.get(types.typeOf(tag))),
  }
}
