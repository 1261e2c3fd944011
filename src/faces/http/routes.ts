import { consoleRoutes } from './console/routes.js'
import type { HttpContext } from './context.js'
import { methodRoutes } from './manage/methods.js'
import { healthRoutes, metricsRoutes } from './manage/monitoring.js'
import { openApiRoute } from './manage/openapi.js'
import { typeRoutes } from './manage/types.js'
import { hookRoutes } from './publish/hook.js'
import { otlpRoutes } from './publish/otlp.js'
import { publishRoutes } from './publish/publish.js'
import { countRoutes } from './read/counts.js'
import { hostRoutes } from './read/hosts.js'
import { readRoutes } from './read/read.js'
import { restconfRoutes } from './restconf/routes.js'
import type { Route, UpgradeRoute } from './route.js'
import { streamRoutes, ticketRoutes } from './streams/stream.js'
import { webSocketRoute } from './streams/websocket/web-sockets.js'

/** All routes of the HTTP face. */
export function httpRoutes(context: HttpContext, upgrades: readonly UpgradeRoute[]): Route[] {
  const routes = [
    ...(context.console === undefined ? [] : consoleRoutes(context, context.console)),
    ...healthRoutes(context),
    ...publishRoutes(context),
    ...hookRoutes(context),
    ...otlpRoutes(context),
    ...readRoutes(context),
    ...streamRoutes(context),
    ...ticketRoutes(context),
    ...countRoutes(context),
    ...hostRoutes(context),
    ...(context.served === undefined ? [] : restconfRoutes(context, context.served)),
    ...metricsRoutes(context),
    ...typeRoutes(context),
    ...methodRoutes(context),
  ]
  const document = openApiRoute(context, () => [...routes, document], upgrades)
  return [...routes, document]
}

/** All paths on which the connection leaves HTTP. */
export function upgradeRoutes(context: HttpContext): UpgradeRoute[] {
  return [webSocketRoute(context)]
}
