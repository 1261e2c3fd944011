import type { ConsumersApi } from '../bus/consumers/consumers.js'
import type { Cancel } from '../event/runtime.js'
import type { NatsLink } from '../storage/nats/link.js'
import { ConsumerOrders } from './consumer-orders.js'
import type { HubCalls } from './hub-calls.js'
import { type HubQuestion, HubQuestions, type HubReply } from './hub-questions.js'
import { HubRequests } from './hub-requests.js'
import type { Member, Members } from './members.js'

interface ExchangeOptions {
  link: NatsLink
  calls: Pick<HubCalls, 'subject'>
  members: Pick<Members, 'list'>
  /** Id of this hub. */
  self: string
}

/** The hubs of a cluster direct and ask each other. */
export class HubExchange {
  readonly #options: ExchangeOptions
  readonly #endings: Cancel[] = []
  #questions: HubQuestions | undefined
  #requests: HubRequests | undefined

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  /** The other hubs that are alive. */
  get others(): Member[] {
    return this.#options.members.list.filter(({ id }) => id !== this.#options.self)
  }

  /** Lets each hub direct the consumers that another one serves. */
  shareConsumers(consumers: ConsumersApi): void {
    const { link, calls } = this.#options
    const orders = new ConsumerOrders(link, calls.subject('consumers'), consumers)
    consumers.others = orders
    this.#endings.push(orders.close)
  }

  /** Lets hubs ask each other. `answer`: what this hub does with a question. */
  shareQuestions(answer: (question: HubQuestion) => Promise<unknown>): void {
    const { link, calls, self } = this.#options
    const subjectOf = (id: string) => calls.subject(`questions.${id}`)
    this.#questions = new HubQuestions(link, subjectOf, self, answer)
    this.#endings.push(this.#questions.close)
  }

  /** Lets hubs ask each other for their edge hubs. `answer`: what this hub does with a request. */
  shareEdges(answer: (request: unknown) => Promise<unknown>): void {
    const { link, calls, self } = this.#options
    const subjectOf = (id: string) => calls.subject(`edges.${id}`)
    this.#requests = new HubRequests(link, subjectOf, self, answer)
    this.#endings.push(this.#requests.close)
  }

  /** Asks the other hubs that are alive, or the one with this name. Each of them has a reply. */
  async ask(question: HubQuestion, hub?: string): Promise<HubReply[]> {
    const asked = this.others.filter(({ name }) => name === (hub ?? name))
    return (await this.#questions?.ask(asked, question)) ?? []
  }

  /** Asks another hub about its edge hubs. Rejects with its error, or with TCN_CLUSTER_NO_ANSWER. */
  async request(id: string, request: unknown, ms: number): Promise<unknown> {
    return this.#requests?.ask(id, request, ms)
  }

  close(): void {
    for (const end of this.#endings) end()
  }
}
