import { z } from 'zod'
import type { ConfigClaims } from '../config/claims.js'
import { containersConfig } from './containers/config.js'
import { execSourcesConfig } from './exec/config.js'
import { filesConfig } from './files/config.js'
import { journalSourcesConfig } from './journal/config.js'
import { kernelConfig } from './kernel/config.js'
import { lifePreserverConfig } from './life-preserver/config.js'
import { packagesConfig } from './packages/config.js'
import { saltClaims, saltSourcesConfig } from './salt/config.js'
import { sctpSourcesConfig } from './sctp/config.js'
import { snmpSourcesConfig } from './snmp/config.js'
import { sysadmClaims, sysadmSourcesConfig } from './sysadm/config.js'
import { syslogClaims, syslogSourcesConfig } from './syslog/config.js'
import { systemConfig } from './system/config.js'
import { systemStateConfig } from './system-state/config.js'
import { systemdConfig } from './systemd/config.js'
import { webhookSourcesConfig } from './webhook/config.js'

export const sourcesConfig = z.strictObject({
  system: systemConfig
    .meta({ whole: true })
    .prefault({})
    .describe('This host: load, memory, disks, network, logins, processes.'),
  files: filesConfig.default([]).describe('Lines appended to files, and changes in folders.'),
  exec: execSourcesConfig.default([]).describe('Commands whose lines are published.'),
  journal: journalSourcesConfig.default([]).describe('The journal of systemd.'),
  kernel: kernelConfig.meta({ whole: true }).prefault({}).describe('Messages of the kernel of this host.'),
  packages: packagesConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Packages of this host that dpkg installs, upgrades and removes.'),
  containers: containersConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Containers of this host, in Docker or Podman.'),
  systemd: systemdConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Units of systemd that fail, start and stop.'),
  syslog: syslogSourcesConfig.default([]).describe('Messages of syslog from hosts and network devices.'),
  webhook: webhookSourcesConfig.default([]).describe('Requests of other programs over HTTP.'),
  snmp: snmpSourcesConfig.default([]).describe('Traps and informs of SNMP from network devices.'),
  salt: saltSourcesConfig.default([]).describe('Event buses of Salt masters and minions.'),
  sctp: sctpSourcesConfig.default([]).describe('SCTP associations, as reported by the kernel.'),
  sysadm: sysadmSourcesConfig.default([]).describe('SysAdm servers, and bridges to them.'),
  lifePreserver: lifePreserverConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Snapshots and replications, as SysAdm reports them.'),
  systemState: systemStateConfig
    .meta({ whole: true })
    .prefault({})
    .describe('Host name and storage pools, as SysAdm reports them.'),
})
export type SourcesConfig = z.output<typeof sourcesConfig>

/** Returns the names that sources use and that must fit the rest of the configuration. */
export function sourceClaims({ salt, sysadm, syslog }: SourcesConfig): ConfigClaims {
  const claims = [saltClaims(salt), sysadmClaims(sysadm), syslogClaims(syslog)]
  return {
    listens: claims.flatMap(({ listens = [] }) => listens),
    connects: claims.flatMap(({ connects = [] }) => connects),
    sources: claims.flatMap(({ sources = [] }) => sources),
  }
}
