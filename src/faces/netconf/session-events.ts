import { tagSegment } from '../../event/tag.js'
import type { FaceHost } from '../face.js'

/** RFC 6470, section 2.2 */
export type SessionEnding = 'closed' | 'killed' | 'dropped' | 'timeout' | 'bad-hello' | 'other'

export interface SessionFacts {
  readonly id: number
  readonly user: string
  /** Address of the client. */
  readonly from: string
}

/** Publishes the events of RFC 6470 about sessions of this hub, which its streams carry too. */
export class SessionEvents {
  readonly #host: Pick<FaceHost, 'publish' | 'hub'>

  constructor(host: Pick<FaceHost, 'publish' | 'hub'>) {
    this.#host = host
  }

  began(session: SessionFacts): void {
    this.#publish('netconf-session-start', session)
  }

  ended(session: SessionFacts, reason: SessionEnding, killedBy?: number): void {
    this.#publish('netconf-session-end', session, {
      ...(killedBy !== undefined && { 'killed-by': killedBy }),
      'termination-reason': reason,
    })
  }

  #publish(name: string, { id, user, from }: SessionFacts, more: Record<string, unknown> = {}): void {
    const content = { username: user, 'session-id': id, 'source-host': from, ...more }
    this.#host.publish({
      tag: `netconf/${tagSegment(this.#host.hub.name)}/${name}`,
      data: { notification: `ietf-netconf-notifications:${name}`, content },
    })
  }
}
