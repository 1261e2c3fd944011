import { computed, signal } from '@preact/signals'

export type ConnectionState = 'connecting' | 'connected' | 'lost'

/** The ways to the hub: the client, the subscription of the list, and calls over HTTP. */
export type Way = 'client' | 'list' | 'calls'

const LOOK_EVERY_MS = 1000
const worstFirst: readonly ConnectionState[] = ['lost', 'connecting', 'connected']

const ways = signal<Readonly<Partial<Record<Way, ConnectionState>>>>({})

/** The state of the connection to the hub, which every part of every page shows: that of the worst way to it. */
export const connection = computed<ConnectionState>(() => {
  const states = Object.values(ways.value)
  return worstFirst.find((each) => states.includes(each)) ?? 'connecting'
})

/** Counts how often the connection came back: what was asked before is asked again then. */
export const returns = signal(0)

/** Says how a way to the hub is; undefined: it is no longer used. */
export function report(way: Way, state: ConnectionState | undefined): void {
  if (ways.peek()[way] === state) return
  const before = connection.peek()
  ways.value = { ...ways.peek(), [way]: state }
  if (before === 'lost' && connection.peek() === 'connected') returns.value++
}

let isLooking = false

/** After a call without an answer: asks until there is one. One call may fail while the connection works. */
export async function lookForHub(ask: () => Promise<unknown>): Promise<void> {
  if (isLooking) return
  isLooking = true
  const answers = () =>
    ask().then(
      () => true,
      () => false,
    )
  while (!(await answers())) {
    report('calls', 'lost')
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  isLooking = false
  report('calls', 'connected')
}
