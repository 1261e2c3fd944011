import { TocsinError } from '../errors/tocsin-error.js'
import type { Runtime } from '../event/runtime.js'
import type { LongWork } from '../incremental/long-work.js'
import { dialDevice } from '../protocols/netconf/client/dial-device.js'
import { NetconfSession } from '../protocols/netconf/client/session.js'
import {
  changeRequests,
  type Datastore,
  type DeviceChange,
} from '../protocols/netconf/codec/configuration.js'
import { supports } from '../protocols/netconf/codec/hello.js'
import { replyData } from '../protocols/netconf/codec/rpc.js'
import type { XmlElement } from '../protocols/netconf/codec/xml.js'
import type { NetconfSourceConfig } from '../sources/netconf/config.js'
import { digestOf } from './digest.js'

export interface PushSessionOptions {
  readonly runtime: Runtime
  readonly longWork: LongWork
  readonly signal: AbortSignal
}

/** A session in which the configuration of a device is changed. */
export class PushSession {
  readonly #session: NetconfSession
  readonly #digest: (elements: readonly XmlElement[]) => Promise<string>
  readonly #forget: () => void

  private constructor(
    session: NetconfSession,
    digest: (elements: readonly XmlElement[]) => Promise<string>,
    forget: () => void,
  ) {
    this.#session = session
    this.#digest = digest
    this.#forget = forget
  }

  /** The signal ends it at once, whatever it waits for. */
  static async open(
    config: NetconfSourceConfig,
    { runtime, longWork, signal }: PushSessionOptions,
  ): Promise<PushSession> {
    if (config.callHome)
      throw new TocsinError('TCN_NETCONF_UNSUPPORTED', 'the device calls home: nothing can be sent to it')
    const { timeout, maxMessage: longest } = config
    const name = `push/${config.name}`
    const transport = await dialDevice(config, { runtime, signal })
    const aborted = () => transport.destroy()
    const forget = () => signal.removeEventListener('abort', aborted)
    signal.addEventListener('abort', aborted)
    if (signal.aborted) aborted()
    try {
      const session = await NetconfSession.open(transport, {
        ...{ runtime, timeout, longest, longWork, name },
        notification: () => undefined,
        leftOut: () => {},
        closed: forget,
      })
      return new PushSession(session, (elements) => longWork.run(name, digestOf(elements), signal), forget)
    } catch (error) {
      forget()
      throw error
    }
  }

  /** Throws TCN_NETCONF_UNSUPPORTED if a change could not be undone. */
  check(): void {
    const { hello } = this.#session
    const isConfirmed = supports(hello, 'confirmedCommit10') || supports(hello, 'confirmedCommit11')
    if (supports(hello, 'candidate') && isConfirmed) return
    throw new TocsinError(
      'TCN_NETCONF_UNSUPPORTED',
      'the device has no candidate configuration with confirmed commits (RFC 6241, section 8.3 and 8.4)',
    )
  }

  /** Discards what others have left in the candidate. */
  async lock(): Promise<void> {
    for (const datastore of this.#locked)
      await this.#session.request('the lock', changeRequests.lock(datastore))
    await this.#session.request('the old candidate', changeRequests.discard)
  }

  async edit(change: DeviceChange): Promise<void> {
    await this.#session.request('the change', changeRequests.edit(change))
  }

  async validate(): Promise<void> {
    const { hello } = this.#session
    if (supports(hello, 'validate10') || supports(hello, 'validate11'))
      await this.#session.request('the validation', changeRequests.validate)
  }

  async commit(seconds: number): Promise<void> {
    await this.#session.request('the commit', changeRequests.commitConfirmed(seconds))
  }

  async confirm(): Promise<void> {
    await this.#session.request('the confirmation', changeRequests.commit)
  }

  async unlock(): Promise<void> {
    for (const datastore of this.#locked.toReversed())
      await this.#session.request('the end of the lock', changeRequests.unlock(datastore))
  }

  async discard(): Promise<void> {
    await this.#session.request('the old candidate', changeRequests.discard)
  }

  /** A digest of the parts of a configuration that the change is about. */
  async digest(change: DeviceChange, datastore: Datastore = 'running'): Promise<string> {
    const reply = await this.#session.request('the configuration', changeRequests.get(change, datastore))
    return this.#digest(replyData(reply)?.children ?? [])
  }

  close(): Promise<void> {
    this.#forget()
    return this.#session.close()
  }

  /** Others could change the running configuration past the candidate (RFC 6241, section 8.4.1). */
  get #locked(): Datastore[] {
    return supports(this.#session.hello, 'writableRunning') ? ['candidate', 'running'] : ['candidate']
  }
}
