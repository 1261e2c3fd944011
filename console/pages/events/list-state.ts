/**
 * States of the list.
 *
 * - `loading`: nothing is known yet
 * - `catching up`: a subscription delivers what the log has; only after that the list is `live`
 * - `cut`: the connection is lost; it continues by itself
 * - `paused`: the reader has stopped it, and everything waits in the log
 * - `failed`: it could not be read; it continues with another connection, or when the reader resumes
 * - `replaying`: what was logged before comes again in its own time; `held`: the reader has stopped the replay
 */
export type ListState =
  | 'loading'
  | 'catching up'
  | 'live'
  | 'cut'
  | 'paused'
  | 'failed'
  | 'replaying'
  | 'held'

/** Everything that changes the state. */
export type ListChange =
  | 'open'
  | 'subscribe'
  | 'caught up'
  | 'lose connection'
  | 'connect'
  | 'pause'
  | 'resume'
  | 'show past'
  | 'fail'
  | 'replay'
  | 'hold'
  | 'continue'

type Changes = Readonly<Partial<Record<ListChange, ListState>>>

/** From every state: another list, another part of the log, or a replay. */
const always: Changes = {
  open: 'loading',
  subscribe: 'catching up',
  'show past': 'paused',
  replay: 'replaying',
}
const stoppable: Changes = { pause: 'paused', fail: 'failed' }

const changes: Readonly<Record<ListState, Changes>> = {
  loading: { fail: 'failed' },
  'catching up': { ...stoppable, 'caught up': 'live', 'lose connection': 'cut', resume: 'loading' },
  live: { ...stoppable, 'lose connection': 'cut' },
  cut: { ...stoppable, connect: 'catching up', 'caught up': 'live' },
  paused: { resume: 'loading' },
  failed: { resume: 'loading' },
  replaying: { hold: 'held', fail: 'failed' },
  held: { continue: 'replaying', fail: 'failed' },
}

/** Returns the state after a change. One that means nothing in this state leaves it as it is. */
export function stateAfter(state: ListState, change: ListChange): ListState {
  return changes[state][change] ?? always[change] ?? state
}

/** True if a subscription appends what comes, as soon as it comes. */
export function isFollowing(state: ListState): boolean {
  return state === 'live' || state === 'catching up' || state === 'cut'
}

/** True if the list stands still, and the reader may continue from there. */
export function isStopped(state: ListState): boolean {
  return state === 'paused' || state === 'failed'
}
