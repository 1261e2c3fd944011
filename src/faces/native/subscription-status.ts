import type { SubscriberStatus } from '../../bus/sink.js'
import { formatCursor } from '../../event/cursor.js'
import type { Peer } from '../shared/session-kind.js'

/** Tells the peer what happened to its subscription. */
export function sendStatus(connection: Peer, epoch: string, status: SubscriberStatus): void {
  if (status.type === 'gate') {
    const { name, seq, deadline } = status
    connection.send('gate', { name, seq, deadline })
  } else if (status.type === 'gap') {
    const { from, to, reason, next } = status
    connection.send('gap', { from, to, reason, cursor: formatCursor(epoch, next) })
  } else {
    connection.send(status.type, { cursor: formatCursor(epoch, status.seq) })
  }
}
