import type { FastifyInstance } from 'fastify'
import { makeApp } from './app.js'
import type { HttpContext } from './context.js'
import type { Guard } from './guard.js'
import type { UpgradeRoute } from './route.js'
import { httpRoutes, upgradeRoutes } from './routes.js'

/** Everything that answers requests. */
export interface Site {
  readonly app: FastifyInstance
  readonly upgrades: ReadonlyMap<string, UpgradeRoute>
}

export async function makeSite(guard: Guard, context: HttpContext): Promise<Site> {
  const upgrades = new Map(upgradeRoutes(context).map((each) => [each.path, each]))
  const routes = httpRoutes(context, [...upgrades.values()])
  const app = await context.longWork.run('', makeApp(routes, [...upgrades.keys()], guard, context))
  await app.ready()
  return { app, upgrades }
}
