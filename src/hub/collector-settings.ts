import { setFlagsFromString } from 'node:v8'

/**
 * The collector of V8 counts the memory of buffers against a limit that follows the size of its own heap.
 * A hub has a small heap and moves much through buffers, so that by default it is collected after every
 * 14 MB of events; replay and publishing then spend a quarter of their time there. Three times the heap
 * as limit makes that a few per cent, for about 30 MB more while it is busy.
 *
 * Little of a hub's young memory survives: waking further threads to collect it takes longer than the
 * collection, and at 5,000 events a second that wait is seen in one event of a hundred.
 */
export function relaxCollector(): void {
  setFlagsFromString('--heap-growing-percent=200')
  setFlagsFromString('--no-parallel-scavenge')
}
