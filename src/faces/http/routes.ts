import type { HttpContext } from './context.js'
import { healthRoutes } from './health.js'
import { publishRoutes } from './publish.js'
import type { Route, UpgradeRoute } from './route.js'
import { streamRoutes } from './stream.js'
import { ticketRoutes } from './ticket.js'
import { webSocketRoute } from './websocket/route.js'

/** Every path of the HTTP face. */
export function httpRoutes(context: HttpContext): Route[] {
  return [
    ...healthRoutes(context),
    ...publishRoutes(context),
    ...streamRoutes(context),
    ...ticketRoutes(context),
  ]
}

/** Every path on which HTTP is left. */
export function upgradeRoutes(context: HttpContext): UpgradeRoute[] {
  return [webSocketRoute(context)]
}
