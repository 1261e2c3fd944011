/** The last place of the stream that was handed over, with callers that wait for a place. */
export class Arrival {
  /** Everything up to here has been handed over. */
  last = 0
  #awaited: { place: number; resolve(): void }[] = []
  #isOver = false

  reach(place: number): void {
    this.last = place
    this.#awaited = this.#awaited.filter((each) => {
      if (each.place <= place) each.resolve()
      return each.place > place
    })
  }

  /** Resolves when the place is reached, or nothing more comes. */
  of(place: number): Promise<void> {
    if (place <= this.last || this.#isOver) return Promise.resolve()
    return new Promise((resolve) => this.#awaited.push({ place, resolve }))
  }

  close(): void {
    this.#isOver = true
    for (const { resolve } of this.#awaited.splice(0)) resolve()
  }
}
