import { constants, type Notification, type SctpMessage } from '../../protocols/sctp/index.js'

const { linux } = constants

/** Recognises the parts that continue a message whose beginning was published. */
export class LongMessages {
  readonly #ssns = new Map<string, number>()

  isContinued({ association, stream, unordered, info, complete }: SctpMessage): boolean {
    const key = `${association} ${stream} ${unordered}`
    const ssn = info?.rcv_ssn ?? 0
    const continued = this.#ssns.get(key) === ssn
    if (complete) this.#ssns.delete(key)
    else this.#ssns.set(key, ssn)
    return continued
  }

  /** Forgets messages that end before their rest has arrived. */
  observe(notification: Notification<'linux'>): void {
    if (notification.sn_type === linux.SCTP_PARTIAL_DELIVERY_EVENT) this.#forget(notification.pdapi_assoc_id)
    if (notification.sn_type !== linux.SCTP_ASSOC_CHANGE) return
    if (notification.sac_state !== linux.SCTP_COMM_UP) this.#forget(notification.sac_assoc_id)
  }

  #forget(association: number): void {
    for (const key of this.#ssns.keys()) if (key.startsWith(`${association} `)) this.#ssns.delete(key)
  }
}
