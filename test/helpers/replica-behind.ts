import { type ConsumerConfig, JetStreamApi } from '../../src/storage/nats/jetstream-api.js'

/**
 * A cluster in which consumers lie on a server that is behind: another stream with only the first messages stands for
 * that server. All else is answered by the leader.
 */
export class ReplicaBehind extends JetStreamApi {
  /** The stream that new consumers belong to. Undefined once they lie on a server that has everything. */
  replica: string | undefined
  consumers = 0
  readonly #streams = new Map<string, string>()

  override async consumer(stream: string, config: ConsumerConfig) {
    const where = this.replica ?? stream
    this.consumers++
    const made = await super.consumer(where, config)
    this.#streams.set(made.name, where)
    return made
  }

  override pull(stream: string, consumer: string, batch: number, reply: string): void {
    super.pull(this.#streams.get(consumer) ?? stream, consumer, batch, reply)
  }
}
