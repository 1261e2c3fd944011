import type { HttpContext } from './context.js'
import { healthRoutes } from './health.js'
import type { Route, UpgradeRoute } from './route.js'

/** Every path of the HTTP face. */
export function httpRoutes(context: HttpContext): Route[] {
  return [...healthRoutes(context)]
}

/** Every path on which HTTP is left. */
export function upgradeRoutes(_context: HttpContext): UpgradeRoute[] {
  return []
}
