import { saltTypes } from '../protocols/salt/types/index.js'
import { sctpTypes } from '../protocols/sctp/types/index.js'
import { sysadmTypes } from '../protocols/sysadm/types/index.js'
import type { SourcesConfig } from './config.js'
import { containersSource, containerTypes } from './containers/index.js'
import { execSource, execTypes } from './exec/index.js'
import { filesSource, filesTypes } from './files/index.js'
import { journalSource, journalTypes } from './journal/index.js'
import { kernelSource, kernelTypes } from './kernel/index.js'
import { lifePreserverSource } from './life-preserver/index.js'
import { packagesSource, packageTypes } from './packages/index.js'
import { saltSource } from './salt/index.js'
import { sctpMetrics, sctpSource } from './sctp/index.js'
import { snmpSource, snmpTypes } from './snmp/index.js'
import type { SourceDefinition } from './source.js'
import { sysadmSource } from './sysadm/index.js'
import { syslogSource, syslogTypes } from './syslog/index.js'
import { systemSource, systemTypes } from './system/index.js'
import { systemStateSource } from './system-state/index.js'
import { systemdSource, unitTypes } from './systemd/index.js'
import { webhookSource, webhookTypes } from './webhook/index.js'

export { type SourcesConfig, sourcesConfig } from './config.js'
export { SourceRunner } from './runner.js'
export type { SourceDefinition, SourceHost, SourceStatus } from './source.js'

/** The event types of all sources. Those of Salt, SCTP and SysAdm belong to their protocols. */
export const sourceTypes = [
  systemTypes,
  filesTypes,
  execTypes,
  journalTypes,
  kernelTypes,
  packageTypes,
  containerTypes,
  unitTypes,
  syslogTypes,
  webhookTypes,
  snmpTypes,
  saltTypes,
  sctpTypes,
  sysadmTypes,
]

/** The metrics that sources measure themselves. */
export const sourceMetrics = { ...sctpMetrics }

export function sourceDefinitions(config: SourcesConfig): SourceDefinition[] {
  return configuredSources(config).map(({ definition }) => definition)
}

export interface ConfiguredSource {
  name: string
  definition: SourceDefinition
  /** Text that differs if any setting of the source differs. */
  settings: string
}

export function configuredSources(config: SourcesConfig): ConfiguredSource[] {
  const { system, kernel, packages, containers, systemd, lifePreserver, systemState } = config
  return [
    ...ifEnabled(system, systemSource),
    ...each(config.files, filesSource),
    ...each(config.exec, execSource),
    ...each(config.journal, journalSource),
    ...ifEnabled(kernel, kernelSource),
    ...ifEnabled(packages, packagesSource),
    ...ifEnabled(containers, containersSource),
    ...ifEnabled(systemd, systemdSource),
    ...each(config.syslog, syslogSource),
    ...each(config.webhook, webhookSource),
    ...each(config.snmp, snmpSource),
    ...each(config.salt, saltSource),
    ...each(config.sctp, sctpSource),
    ...each(config.sysadm, sysadmSource),
    ...ifEnabled(lifePreserver, lifePreserverSource),
    ...ifEnabled(systemState, systemStateSource),
  ]
}

function ifEnabled<Config extends { enabled: boolean }>(
  config: Config,
  sourceOf: (config: Config) => SourceDefinition,
): ConfiguredSource[] {
  return config.enabled ? each([config], sourceOf) : []
}

function each<Entry>(
  entries: readonly Entry[],
  sourceOf: (entry: Entry) => SourceDefinition,
): ConfiguredSource[] {
  return entries.map((entry) => configured(sourceOf(entry), entry))
}

export function configured(definition: SourceDefinition, settings: unknown): ConfiguredSource {
  return { name: definition.name, definition, settings: JSON.stringify(settings) }
}
