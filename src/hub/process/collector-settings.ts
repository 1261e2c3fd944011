import { setFlagsFromString } from 'node:v8'

/**
 * Tunes V8's garbage collector for a hub. V8 counts the memory of buffers against a limit that follows the size of
 * its own heap. A hub has a small heap and moves much data through buffers, so by default a collection runs after
 * every 14 MB of events; replay and publishing then spend a quarter of their time in it. A limit of three times the
 * heap reduces that to a few per cent, for about 30 MB more memory while the hub is busy.
 *
 * Little of a hub's young memory survives: waking further threads to collect it takes longer than the collection
 * itself, and at 5,000 events a second that wait delays one event in a hundred.
 */
export function relaxCollector(): void {
  setFlagsFromString('--heap-growing-percent=200')
  setFlagsFromString('--no-parallel-scavenge')
  // For the idle collector, here since cached code is only accepted with the settings with which it was made.
  setFlagsFromString('--expose-gc')
}

/**
 * Tunes V8's garbage collector for a hub that stays small: objects are collected before its memory grows. Only when the
 * hub is ready: the code that V8 compiled at the start is kept for the next one, with the settings in force then.
 */
export function tightenCollector(): void {
  setFlagsFromString('--heap-growing-percent=0')
  setFlagsFromString('--semi-space-growth-factor=1')
}
