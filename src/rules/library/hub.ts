import type { LibraryRule } from './kit.js'

/** The hub itself. */
export const hub: Readonly<Record<string, LibraryRule>> = {
  'source-down': {
    filter: 'hub/source/**',
    where: "data.state = 'down' OR data.state = 'silent'",
    by: 'data.source',
    unlessFollowedBy: {
      filter: 'hub/source/**',
      where: "data.state = 'up' OR data.state = 'back'",
      within: '5m',
    },
    alert: {
      severity: 'warning',
      labels: { source: `\${data.source}` },
      summary: `The source \${data.source} is \${data.state}: \${data.reason}`,
      resolve: { filter: 'hub/source/**', where: "data.state = 'up' OR data.state = 'back'" },
    },
  },
  'sink-down': {
    filter: 'hub/sink/*',
    where: "data.state = 'down' OR data.state = 'retrying'",
    by: 'data.sink',
    unlessFollowedBy: { filter: 'hub/sink/*', where: "data.state = 'back'", within: '5m' },
    alert: {
      severity: 'warning',
      labels: { sink: `\${data.sink}` },
      summary: `The sink \${data.sink} cannot deliver: \${data.reason}`,
      resolve: { filter: 'hub/sink/*', where: "data.state = 'back'" },
    },
  },
  'sink-parked': {
    filter: 'hub/sink/*',
    where: "data.state = 'parked'",
    by: 'data.sink',
    onceWithin: '1h',
    alert: {
      severity: 'warning',
      labels: { sink: `\${data.sink}` },
      summary: `The sink \${data.sink} has parked events: \${data.reason}`,
      resolve: 'never',
    },
  },
  'events-missing': {
    filter: 'hub/gap/**',
    by: 'data.source',
    onceWithin: '1h',
    alert: {
      severity: 'warning',
      labels: { source: `\${data.source}` },
      summary: `Events of \${data.source} are missing`,
      resolve: 'never',
    },
  },
  'hosts-silent': {
    filter: 'hub/host/silent',
    by: 'data.names',
    alert: {
      severity: 'warning',
      labels: { hosts: `\${data.names}` },
      summary: `Nothing is heard of \${data.names}, since \${data.last}`,
      resolve: { filter: 'hub/host/back' },
      endsAfter: '1d',
    },
  },
}
