/** What a publisher was told about an event: that it is durable, or the code of its refusal. */
export type Told = string

/** What went into a system and what came out of it. */
export class History {
  /** By publisher: what it was told about each number. */
  readonly told = new Map<string, Map<number, Told | undefined>>()
  /** By hub: the events of its log at the end. */
  readonly logs = new Map<string, Logged[]>()

  /** Returns what notes the answer. */
  sent(publisher: string, number: number): (told: Told) => void {
    const numbers = this.told.get(publisher) ?? new Map<number, Told | undefined>()
    this.told.set(publisher, numbers.set(number, undefined))
    return (told) => void numbers.set(number, told)
  }

  get open(): number {
    let open = 0
    for (const numbers of this.told.values())
      for (const told of numbers.values()) if (told === undefined) open++
    return open
  }
}

/** An event of a log, or a gap that a reader was told of. */
export interface Logged {
  place: number
  publisher: string
  number: number
}
