import type { Places } from '../fuzz/listeners/fuzzed-hub.js'

/** Where a listener of streams is: a path, or a port. */
export type Door = string | number

/** The listeners of streams of a hub by their keys in its configuration, and the bridge. */
export function doorsOf(places: Places): Record<string, Door[]> {
  const { unix, tcp, http, netconf, callHome, ncs, bmp, bridge } = places
  return {
    'listen.unix': [unix],
    'listen.tcp': [tcp],
    'listen.http': [http],
    'listen.netconf': [netconf],
    'listen.callHome': [callHome],
    'salt.sockDir': [places.saltPull, places.saltPub],
    'salt.rest': [places.saltRest],
    'sysadm.listen': [places.sysadm],
    'sysadm.rest': [places.sysadmRest],
    'ncs.unix': [ncs],
    'sources.syslog.tcp': [places.syslogTcp],
    'sources.syslog.relp': [places.syslogRelp],
    'sources.bmp.listen': [bmp],
    bridge: [bridge],
  }
}

/** Keys of listeners that need no row of their own, and why. */
export const elsewhere: Record<string, string> = {
  'salt.tcp': 'the servers of salt.sockDir, at ports',
  'ncs.listen': 'the server of ncs.unix, at a port',
  'sources.syslog.unix': 'the server of sources.syslog.tcp, at a path',
  'sources.syslog.tls.address': 'TLS as at sysadm.listen, with the server of sources.syslog.tcp in it',
  'sources.syslog.tls.relp': 'TLS as at sysadm.listen, with the server of sources.syslog.relp in it',
  'sources.syslog.udp': 'datagrams; test/fuzz',
  'sources.syslog.datagrams': 'datagrams; test/fuzz',
  'sources.snmp.udp': 'datagrams; test/fuzz',
  'sources.sctp.listen': 'needs a kernel with SCTP; test/protocols/sctp',
}
