import { type AlertMatchers, type AlertTest, alertTest, type Matchable } from './alert-test.js'
import type { NoticeGrouping } from './notice-groups.js'

/** The sinks that are notified of an alert, and after how long again, ms. */
export interface NoticeRoute {
  readonly sinks: readonly string[]
  readonly repeat: number | undefined
  /** Puts alerts together; undefined: each has notices of its own. */
  readonly group?: NoticeGrouping | undefined
}

/** A route of the configuration: what takes it, and where it leads. */
export interface RouteDefinition extends NoticeRoute {
  readonly match: AlertMatchers
}

/** The wishes of a rule for notices of its alerts. */
export interface OwnRoute {
  readonly sink: string | undefined
  readonly repeat: number | undefined
}

/** Finds the sinks for an alert: that of its rule, else those of the first route that takes it. */
export class AlertRoutes {
  readonly #rules: ReadonlyMap<string, OwnRoute>
  readonly #routes: readonly { readonly takes: AlertTest; readonly route: NoticeRoute }[]

  constructor(rules: ReadonlyMap<string, OwnRoute>, routes: readonly RouteDefinition[]) {
    this.#rules = rules
    this.#routes = routes.map((route) => ({ takes: alertTest(route.match), route }))
  }

  of(alert: Matchable): NoticeRoute | undefined {
    const own = this.#rules.get(alert.rule)
    if (own?.sink !== undefined) return { sinks: [own.sink], repeat: own.repeat }
    const found = this.#routes.find(({ takes }) => takes(alert))?.route
    return found && { sinks: found.sinks, group: found.group, repeat: own?.repeat ?? found.repeat }
  }
}
