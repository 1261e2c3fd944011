/** Upper bounds, ms. */
export const TICK_BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000]

/** How long events waited from being stored to being handed out and acknowledged; one measurement a tick. */
export class TickTimes {
  /** Ticks within each bound and over the one before; the last are those beyond all. */
  readonly counts: number[] = new Array(TICK_BOUNDS.length + 1).fill(0)
  /** ms */
  sum = 0

  add(ms: number): void {
    let at = 0
    while (at < TICK_BOUNDS.length && ms > TICK_BOUNDS[at]) at++
    this.counts[at]++
    this.sum += ms
  }
}
