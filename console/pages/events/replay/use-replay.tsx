import { useSignal } from '@preact/signals'
import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Event } from 'tocsin/browser'
import { laterStyles } from '../../../app/later-styles.js'
import { change } from '../../../app/router.js'
import { noReplay } from '../place.js'
import type { Tail } from '../tail.js'
import type { Replay } from './replay.js'

type Loaded = typeof import('./replay-bar.js')

export interface ReplayControl {
  start(event: Event | undefined, speed?: number): void
  /** Undefined if there is none now. */
  current: Replay | undefined
  bar: VNode | undefined
}

/** The replay, which is loaded when somebody wants one. The address has where it begins, or was last held. */
export function useReplay(tail: Tail): ReplayControl {
  const loaded = useSignal<Loaded | undefined>(undefined)
  const replay = useSignal<Replay | undefined>(undefined)
  const start = async (event: Event | undefined, speed?: number) => {
    if (event === undefined || event.seq === 0) return
    const load = () => Promise.all([import('./replay-bar.js'), laterStyles()])
    const [code] = (await tail.attempt(load)) ?? []
    if (code === undefined) return
    loaded.value = code
    replay.value = new code.Replay(tail, event, speed)
  }
  const Bar = loaded.value?.ReplayBar
  const current = replay.value?.isOver.value === false ? replay.value : undefined
  const speed = current?.speed.value
  const isHeld = tail.mode.value === 'held'
  useEffect(() => {
    if (replay.value === undefined) return
    change(
      current === undefined
        ? noReplay
        : { at: undefined, replay: current.place, speed: speed === 1 ? undefined : String(speed) },
    )
  }, [current, speed, isHeld])
  return {
    start,
    current,
    bar: Bar && current && <Bar replay={current} tail={tail} />,
  }
}
