import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import type { Event } from 'tocsin/browser'
import { laterStyles } from '../../../app/later-styles.js'
import type { Tail } from '../tail.js'
import type { Replay } from './replay.js'

type Loaded = typeof import('./replay-bar.js')

interface ReplayControl {
  start(event: Event | undefined): void
  /** Undefined if there is none now. */
  current: Replay | undefined
  bar: VNode | undefined
}

/** The replay, which is loaded when somebody wants one. */
export function useReplay(tail: Tail): ReplayControl {
  const loaded = useSignal<Loaded | undefined>(undefined)
  const replay = useSignal<Replay | undefined>(undefined)
  const start = async (event: Event | undefined) => {
    if (event === undefined || event.seq === 0) return
    const load = () => Promise.all([import('./replay-bar.js'), laterStyles()])
    const [code] = (await tail.attempt(load)) ?? []
    if (code === undefined) return
    loaded.value = code
    replay.value = new code.Replay(tail, event)
  }
  const Bar = loaded.value?.ReplayBar
  const current = replay.value?.isOver.value === false ? replay.value : undefined
  return {
    start: (event) => void start(event),
    current,
    bar: Bar && current && <Bar replay={current} tail={tail} />,
  }
}
