import { laterStyles } from '../app/later-styles.js'
import { strings } from '../strings.js'
import type { PageDefinition } from './page.js'

/** All pages, in the order of the list at the top. */
export const pages: readonly PageDefinition[] = [
  { name: 'events', title: strings.events.title, load: () => import('./events/events.js') },
  {
    name: 'bus',
    title: strings.bus.title,
    load: () => Promise.all([import('./bus/bus.js'), laterStyles()]).then(([page]) => page),
  },
]
