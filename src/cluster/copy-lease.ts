import { TocsinError } from '../errors/tocsin-error.js'
import { withTimeout } from '../event/runtime.js'
import type { NatsConfig } from '../storage/nats/config.js'
import type { NatsLink } from '../storage/nats/link.js'
import { Election } from './election.js'
import { type LeaseRecord, NatsLeaseBucket } from './lease-bucket.js'

/** Time for the lease to be free, and for winning it, ms. */
const PATIENCE_MS = 60_000

export interface CopyLeaseOptions {
  link: NatsLink
  nats: NatsConfig
  /** ms */
  ttl: number
  /** Epoch of the log that is copied. Its folder is locked, so only one copy of it runs. */
  epoch: string
}

/** The lease of the primary, held while a log is copied, so that no hub appends to the stream meanwhile. */
export class CopyLease {
  readonly #election: Election

  private constructor(election: Election) {
    this.#election = election
  }

  /** Rejects with TCN_LOG_COPY_TARGET if a hub is the primary. */
  static async take({ link, nats, ttl, epoch }: CopyLeaseOptions): Promise<CopyLease> {
    const { prefix, replicas, stream } = nats
    const self = { id: `copy-${epoch}`, name: 'tocsin log copy' }
    const bucket = new NatsLeaseBucket(link, { prefix, replicas, ttl })
    const { record, revision } = await bucket.read()
    // One that was killed cannot give it back.
    if (record?.id === self.id) await bucket.remove(revision)
    let report: (primary: LeaseRecord) => void = () => undefined
    let win: () => void = () => undefined
    const won = new Promise<void>((resolve, reject) => {
      win = resolve
      report = (primary) => reject(isLed(stream, primary))
    })
    const election = new Election({
      runtime: link.runtime,
      bucket,
      self,
      won: () => win(),
      lost: () => undefined,
      seen: (found) => {
        if (found !== undefined && found.term > 0) report(found)
      },
    })
    election.start()
    const lease = new CopyLease(election)
    try {
      await withTimeout(link.runtime, PATIENCE_MS, won)
      return lease
    } catch (thrown) {
      await lease.release()
      throw thrown
    }
  }

  get isHeld(): boolean {
    return this.#election.isHeld
  }

  async release(): Promise<void> {
    await this.#election.stop()
  }
}

function isLed(stream: string, { name }: LeaseRecord): TocsinError {
  return new TocsinError('TCN_LOG_COPY_TARGET', `stream ${stream}: the hub ${name} is its primary`, {
    details: { stream, hub: name },
  })
}
