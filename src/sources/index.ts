import { bmpSources } from './bmp/index.js'
import { containersSources } from './containers/index.js'
import { execSources } from './exec/index.js'
import { filesSources } from './files/index.js'
import { journalSources } from './journal/index.js'
import { kernelSources } from './kernel/index.js'
import { kubernetesSources } from './kubernetes/index.js'
import { lifePreserverSources } from './life-preserver/index.js'
import { lldpSources } from './lldp/index.js'
import { mqttSources } from './mqtt/index.js'
import { ncsSources } from './ncs/index.js'
import { netconfSources } from './netconf/index.js'
import { otlpSources } from './otlp/index.js'
import { packagesSources } from './packages/index.js'
import { restconfSources } from './restconf/index.js'
import { saltSources } from './salt/index.js'
import { sctpSources } from './sctp/index.js'
import { snmpSources } from './snmp/index.js'
import { sysadmSources } from './sysadm/index.js'
import { syslogSources } from './syslog/index.js'
import { systemSources } from './system/index.js'
import { systemStateSources } from './system-state/index.js'
import { systemdSources } from './systemd/index.js'
import { webhookSources } from './webhook/index.js'

/** All kinds of sources, in the order of their keys. */
export const sources = [
  systemSources,
  filesSources,
  execSources,
  journalSources,
  kernelSources,
  packagesSources,
  containersSources,
  kubernetesSources,
  systemdSources,
  lldpSources,
  syslogSources,
  webhookSources,
  otlpSources,
  mqttSources,
  snmpSources,
  bmpSources,
  netconfSources,
  restconfSources,
  ncsSources,
  saltSources,
  sctpSources,
  sysadmSources,
  lifePreserverSources,
  systemStateSources,
] as const
