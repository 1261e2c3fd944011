import { expect, test } from 'vitest'
import { firingAlerts } from '../../../src/rules/alerts/firing.js'
import { alertsOf, type KnownAlerts } from '../../../src/rules/alerts/known-alerts.js'
import type { Silence } from '../../../src/rules/alerts/silence.js'
import { AlertWorld, alerting, free, full } from './alert-world.js'

const NOW = 1000e6

function controlOf(world: AlertWorld, silences: readonly Silence[]) {
  const known: KnownAlerts = { ...alertsOf(world.runs), silences }
  return { list: () => [{ alerts: known.alerts.length }], alerts: () => Promise.resolve(known) }
}

test('alerts that fire are counted with the begin of the oldest, without those that are silenced', async () => {
  const world = new AlertWorld([alerting({ resolve: { filter: 'in/free' } })])
  world.publish(full(10), full(20, 'b'), full(30, 'c'), free(40))
  const silence = { id: 's1', matchers: { host: 'b' }, from: 0, until: 2 * NOW, by: 'ann', why: 'known' }
  expect(await firingAlerts(controlOf(world, []), NOW)).toEqual({ count: 2, isGrave: true, since: 20e6 })
  expect(await firingAlerts(controlOf(world, [silence]), NOW)).toEqual({
    count: 1,
    isGrave: true,
    since: 30e6,
  })
  expect(await firingAlerts(controlOf(world, [silence]), 3 * NOW)).toMatchObject({ count: 2 })
  world.publish(free(50, 'b'), free(60, 'c'))
  expect(await firingAlerts(controlOf(world, []), NOW)).toEqual({
    count: 0,
    isGrave: false,
    since: undefined,
  })
})
