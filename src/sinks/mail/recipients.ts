import type { Event } from '../../event/event.js'
import { DeliveryFault, quoted, UnwantedEvents } from '../delivery-fault.js'

/** The answer of a server about one recipient. */
export interface RecipientRefusal {
  recipient: string
  /** False if the server may accept it later (4xx), as with greylisting. */
  isFinal: boolean
  reason: string
}

/** Who has got some events, and who never will, with the reason. */
interface MailProgress {
  got: ReadonlySet<string>
  never: ReadonlyMap<string, string>
}
const NONE: MailProgress = { got: new Set(), never: new Map() }

/** Remembers which recipients have got which events, so that each gets them once however often the mail is tried. */
export class Recipients {
  readonly #all: readonly string[]
  readonly #progress = new WeakMap<Event, MailProgress>()

  constructor(all: readonly string[]) {
    this.#all = all
  }

  /** Those that have neither got the events nor been refused for good. */
  open(events: readonly Event[]): string[] {
    const { got, never } = this.#of(events)
    return this.#all.filter((each) => !got.has(each) && !never.has(each))
  }

  /** Returns whether anyone has got the events. */
  haveSome(events: readonly Event[]): boolean {
    return this.#of(events).got.size > 0
  }

  /** Notes the outcome of a mail for those that were open: all but the refused ones have got it. */
  note(events: readonly Event[], refusals: readonly RecipientRefusal[]): void {
    const { got, never } = this.#of(events)
    const refused = new Set(refusals.map(({ recipient }) => recipient))
    const taken = this.open(events).filter((each) => !refused.has(each))
    const final = refusals.filter(({ isFinal }) => isFinal)
    const progress = {
      got: new Set([...got, ...taken]),
      never: new Map([...never, ...final.map(({ recipient, reason }) => [recipient, reason] as const)]),
    }
    for (const event of events) this.#progress.set(event, progress)
  }

  /** The fault that is left after that; undefined if everyone has got the events. */
  fault(events: readonly Event[], refusals: readonly RecipientRefusal[]): DeliveryFault | undefined {
    const later = refusals.filter(({ isFinal }) => !isFinal)
    const never = [...this.#of(events).never]
    const all = [...later.map(({ recipient, reason }) => [recipient, reason]), ...never]
    if (all.length === 0) return undefined
    const said = quoted(all.map((pair) => pair.join(': ')).join(', '))
    return later.length > 0 ? new DeliveryFault('partial', said) : new UnwantedEvents(events, said)
  }

  #of([first]: readonly Event[]): MailProgress {
    return this.#progress.get(first) ?? NONE
  }
}
