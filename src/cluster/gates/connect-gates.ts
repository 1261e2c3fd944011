import type { SharedGates } from '../../bus/shared-gates.js'
import type { Cancel } from '../../event/runtime.js'
import type { NatsLink } from '../../storage/nats/link.js'
import type { Members } from '../members.js'
import { ClusterGates } from './cluster-gates.js'
import { encodeGateMessage } from './gate-message.js'

export interface GateConnection {
  link: NatsLink
  members: Members
  /** Id of this hub. */
  self: string
  /** Where a hub is written to. */
  subjectOf(hub: string): string
}

/** Connects the gates of this hub with those of the other hubs. */
export function connectGates(
  { link, members, self, subjectOf }: GateConnection,
  gates: SharedGates,
): { shared: ClusterGates; close: Cancel } {
  const shared = new ClusterGates(
    {
      runtime: link.runtime,
      self,
      get maxPayload() {
        return link.maxPayload
      },
      others: () => members.list.filter(({ id }) => id !== self),
      inStep: () => members.inStep(),
      send: (hub, message) => link.publish(subjectOf(hub), encodeGateMessage(message)),
    },
    gates,
  )
  gates.others = shared
  const unsubscribe = link.subscribe(subjectOf(self), ({ payload }) => shared.receive(payload))
  const close = () => {
    unsubscribe()
    shared.close()
  }
  return { shared, close }
}
