import type { LibraryRule } from './kit.js'

const interfaces = { source: `\${source}`, interface: `\${data.interface}` }
const trapPort = ['data.ip4', 'data.fields.ifIndex']

/** Links of hosts and of devices. */
export const net: Readonly<Record<string, LibraryRule>> = {
  'link-down': {
    filter: 'host/*/system/interface/*/down',
    by: ['source', 'data.interface'],
    alert: {
      severity: 'error',
      labels: interfaces,
      summary: `\${data.interface} has no link (\${source})`,
      resolve: { filter: ['host/*/system/interface/*/up', 'host/*/system/interface/*/removed'] },
      hold: '2m',
    },
  },
  'trap-link-down': {
    filter: 'snmp/*/*/linkDown',
    by: trapPort,
    unlessFollowedBy: { filter: 'snmp/*/*/linkUp', within: '30s' },
    alert: {
      severity: 'error',
      labels: { device: `\${data.ip4}`, port: `\${data.fields.ifIndex}` },
      summary: `Port \${data.fields.ifIndex} of \${data.ip4} has no link`,
      resolve: { filter: 'snmp/*/*/linkUp' },
    },
  },
}
