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
    // Without header and ticket it is the hello that says who it is.
    identify(query) {
      const ticket = query.get('ticket')
      return ticket === null ? NOBODY : context.tickets.take(ticket)
    },
    handle(call) {
      const query = readQuery(call.query)
      const subprotocol = subprotocolOf(call.request)
      if (subprotocol === 'cloudevents.json' && call.principal === NOBODY.principal) {
        throw new TocsinError('TCN_ACCESS_TOKEN', 'a token or a ticket is needed here')
      }
      face.accept(call, subprotocol, query)
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
