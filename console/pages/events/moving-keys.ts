import type { Event } from 'tocsin/browser'
import { useKeys } from '../../app/keys.js'
import type { ListWindow } from './list-window.js'
import type { Moving } from './moving.js'

interface MovingKeys extends Moving {
  list: { readonly current: ListWindow | undefined }
  onReplay(event: Event | undefined): void
}

type Moves = typeof import('./moving.js')

/** Binds the keys that move by time and by marks, whose code is loaded with the first of them. */
export function useMovingKeys(moving: MovingKeys): void {
  const { tail, list, onReplay } = moving
  const move = (run: (moves: Moves, list: ListWindow, event: Event | undefined) => unknown) => async () => {
    // Another one may be selected until the code is loaded.
    const event = list.current?.selected
    const moves = await tail.attempt(() => import('./moving.js'))
    if (moves !== undefined && list.current !== undefined) await run(moves, list.current, event)
  }
  useKeys([
    { key: '[', label: 'earlier', run: move((moves, ...at) => moves.byMinutes(-1, moving, ...at)) },
    { key: ']', label: 'later', run: move((moves, ...at) => moves.byMinutes(1, moving, ...at)) },
    { key: 'm', label: 'mark', run: move((moves, ...at) => moves.mark(tail, ...at)) },
    { key: 'M', label: 'nextMark', run: move((moves, list) => moves.toMark(moving, list)) },
    { key: 'R', label: 'replay', run: () => onReplay(list.current?.selected ?? list.current?.move(-1)) },
  ])
}
