import type { IncomingMessage } from 'node:http'
import { TocsinError } from '../../../event/errors.js'
import { type HttpContext, NOBODY } from '../context.js'
import type { UpgradeRoute } from '../route.js'
import { SUBPROTOCOLS, type Subprotocol, WebSocketFace } from './face.js'
import { readQuery } from './query.js'

export function webSocketRoute(context: HttpContext): UpgradeRoute {
  const face = new WebSocketFace(context)
  return {
    path: '/v1/ws',
    summary: 'WebSocket: tocsin.v1 (binary), tocsin.v1+json, cloudevents.json.',
    right: 'any',
    // Without header and ticket it is the hello that says who it is, where there is one.
    identify(query, request) {
      const ticket = query.get('ticket')
      if (ticket !== null) return context.tickets.take(ticket)
      return subprotocolOf(request) === 'cloudevents.json' ? undefined : NOBODY
    },
    handle(call) {
      face.accept(call, subprotocolOf(call.request), readQuery(call.query))
    },
    close: () => face.close(),
  }
}

/** Who names none speaks JSON. Throws TCN_WEBSOCKET_SUBPROTOCOL. */
function subprotocolOf({ headers }: IncomingMessage): Subprotocol {
  const offered = headers['sec-websocket-protocol']
  if (offered === undefined) return 'tocsin.v1+json'
  const names = offered.split(',').map((each) => each.trim())
  const spoken = SUBPROTOCOLS.find((each) => names.includes(each))
  if (spoken !== undefined) return spoken
  throw new TocsinError('TCN_WEBSOCKET_SUBPROTOCOL', undefined, { details: { spoken: SUBPROTOCOLS } })
}
