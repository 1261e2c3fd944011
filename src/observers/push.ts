/** Configuration that is about to be sent to a device. */
export interface PushAudit {
  readonly id: number
  readonly device: string
  readonly user: string
  readonly usid: number
  /**
   * The elements that are sent, without the values of secrets. Comments are left out, and so are attributes of other
   * namespaces than that of NETCONF.
   */
  readonly config: string
}

/** A part of the hub that learns what is sent to devices, before the first byte. */
export interface PushObserver {
  /** The hub waits for what is returned. It must not reject. */
  sending(audit: PushAudit): Promise<void> | undefined
}

/** The observers of what is sent to devices. */
export class PushObservers {
  readonly #observers = new Set<PushObserver>()

  /** Returns a function that ends it. */
  observe(observer: PushObserver): () => void {
    this.#observers.add(observer)
    return () => void this.#observers.delete(observer)
  }

  /** Resolves when the hub may send it. */
  async sending(audit: PushAudit): Promise<void> {
    await Promise.all([...this.#observers].map((observer) => observer.sending(audit)))
  }
}
