import type { HttpContext } from './context.js'
import { countRoutes } from './counts.js'
import { healthRoutes } from './health.js'
import { methodRoutes } from './methods.js'
import { metricsRoutes } from './metrics.js'
import { openApiRoute } from './openapi.js'
import { publishRoutes } from './publish.js'
import { readRoutes } from './read.js'
import type { Route, UpgradeRoute } from './route.js'
import { streamRoutes } from './stream.js'
import { ticketRoutes } from './ticket.js'
import { typeRoutes } from './types.js'
import { webSocketRoute } from './websocket/route.js'

/** Every path of the HTTP face. */
export function httpRoutes(context: HttpContext, upgrades: readonly UpgradeRoute[]): Route[] {
  const routes = [
    ...healthRoutes(context),
    ...publishRoutes(context),
    ...readRoutes(context),
    ...streamRoutes(context),
    ...ticketRoutes(context),
    ...countRoutes(context),
    ...metricsRoutes(context),
    ...typeRoutes(context),
    ...methodRoutes(context),
  ]
  const document = openApiRoute(context.hub, () => [...routes, document], upgrades)
  return [...routes, document]
}

/** Every path on which HTTP is left. */
export function upgradeRoutes(context: HttpContext): UpgradeRoute[] {
  return [webSocketRoute(context)]
}
