/** RFC 6241 */
export const BASE = 'urn:ietf:params:xml:ns:netconf:base:1.0'
/** RFC 5277: the envelope of a notification, and `create-subscription` */
export const NOTIFICATION = 'urn:ietf:params:xml:ns:netconf:notification:1.0'
/** RFC 5277: the list of streams, and `replayComplete` */
export const STREAMS = 'urn:ietf:params:xml:ns:netmod:notification'
/** RFC 6470 */
export const NETCONF_EVENTS = 'urn:ietf:params:xml:ns:yang:ietf-netconf-notifications'

/** Modules whose notifications are known without the list of the device. */
export const standardModules: ReadonlyMap<string, string> = new Map([
  [STREAMS, 'nc-notifications'],
  [NOTIFICATION, 'notifications'],
  [NETCONF_EVENTS, 'ietf-netconf-notifications'],
])
