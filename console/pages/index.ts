import { lazily, noStyles } from '../components/lazily.js'
import { strings } from '../strings.js'
import type { PageDefinition } from './page.js'

/** All pages, in the order of the list at the top. */
export const pages: readonly PageDefinition[] = [
  {
    name: 'events',
    title: strings.events.title,
    Page: lazily(() => import('./events/events.js').then(({ Page }) => Page), noStyles),
  },
  {
    name: 'fleet',
    title: strings.fleet.title,
    right: 'see',
    hasWall: true,
    Page: lazily(() => import('./fleet/fleet.js').then(({ Page }) => Page)),
  },
  {
    name: 'alerts',
    title: strings.alerts.title,
    right: 'see',
    Page: lazily(() => import('./bus/alerts/alerts.js').then(({ Page }) => Page)),
  },
  {
    name: 'bus',
    title: strings.bus.title,
    Page: lazily(() => import('./bus/bus.js').then(({ Page }) => Page)),
  },
]
