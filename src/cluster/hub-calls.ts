import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel } from '../event/runtime.js'
import type { NatsLink } from '../storage/nats/link.js'
import { isUnheard } from '../storage/nats/nats-fault.js'
import { type LeaseRecord, recordOf } from './lease-bucket.js'

/** Time for an answer of the primary, ms. */
const ANSWER_MS = 2000
const nothing = new Uint8Array(0)

/** The reports and questions among hubs about the primary, through NATS. */
export class HubCalls {
  readonly #link: NatsLink
  readonly #prefix: string

  constructor(link: NatsLink, prefix: string) {
    this.#link = link
    this.#prefix = prefix
  }

  /** Subjects between hubs, beside those of the log. */
  subject(name: string): string {
    return `${this.#prefix}.hubs.${name}`
  }

  /** Says which term a hub leads, 0 for none. `free`: so is the lease, for whoever looks at it then. */
  announce(record: LeaseRecord, how: 'primary' | 'free'): void {
    this.#link.publish(this.subject(how), Buffer.from(JSON.stringify(record)))
  }

  onAnnounced(how: 'primary' | 'free', listener: (record: LeaseRecord) => void): Cancel {
    return this.#link.subscribe(this.subject(how), ({ payload }) => listener(recordOf(payload)))
  }

  /**
   * Keeps the name for this hub until the returned function is called. Rejects with TCN_CLUSTER_NAME if a hub that runs
   * has it. NATS knows at once when nobody has.
   */
  async takeName(name: string): Promise<Cancel> {
    const call = `name.${Buffer.from(name).toString('base64url')}`
    const isTaken = await this.#ask(call).then(
      () => true,
      () => false,
    )
    if (isTaken) throw new TocsinError('TCN_CLUSTER_NAME', `another hub of the cluster has the name ${name}`)
    return this.#answer(call, () => undefined)
  }

  /** Answers those that ask whether the primary of a term is there. */
  onGreet(term: number): Cancel {
    return this.#answer(`greet.${term}`, () => undefined)
  }

  onStepDown(term: number, act: () => void): Cancel {
    return this.#answer(`step-down.${term}`, act)
  }

  /** Asks a primary whether it is there. Rejects with TCN_CLUSTER_NO_PRIMARY. */
  async greet({ name, term }: LeaseRecord): Promise<void> {
    try {
      await this.#ask(`greet.${term}`)
    } catch (thrown) {
      const reason = `${name} does not answer: ${messageOf(thrown)}`
      throw new TocsinError('TCN_CLUSTER_NO_PRIMARY', reason, { cause: thrown })
    }
  }

  /** A hub that ends, even without a word, is missed by NATS at once. */
  async isAbsent({ term }: LeaseRecord): Promise<boolean> {
    if (term === 0) return false
    try {
      await this.#ask(`greet.${term}`)
      return false
    } catch (thrown) {
      return isUnheard(thrown)
    }
  }

  async askToStepDown({ term }: LeaseRecord): Promise<void> {
    await this.#ask(`step-down.${term}`)
  }

  async #ask(name: string): Promise<void> {
    await this.#link.request(this.subject(name), nothing, ANSWER_MS)
  }

  /** Answers a request of other hubs once `act` is done, until the returned function is called. */
  #answer(name: string, act: () => void): Cancel {
    return this.#link.subscribe(this.subject(name), ({ reply }) => {
      act()
      this.#link.publish(reply, nothing)
    })
  }
}
