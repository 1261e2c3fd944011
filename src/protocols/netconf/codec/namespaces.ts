/** RFC 6241 */
export const BASE = 'urn:ietf:params:xml:ns:netconf:base:1.0'
/** RFC 5277: the envelope of a notification, and `create-subscription` */
export const NOTIFICATION = 'urn:ietf:params:xml:ns:netconf:notification:1.0'
/** RFC 5277: the list of streams, and `replayComplete` */
export const STREAMS = 'urn:ietf:params:xml:ns:netmod:notification'
/** RFC 6470 */
export const NETCONF_EVENTS = 'urn:ietf:params:xml:ns:yang:ietf-netconf-notifications'
/** RFC 8639 */
export const SUBSCRIBED = 'urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications'
/** RFC 8641 */
export const YANG_PUSH = 'urn:ietf:params:xml:ns:yang:ietf-yang-push'
/** RFC 8342 */
export const DATASTORES = 'urn:ietf:params:xml:ns:yang:ietf-datastores'
/** RFC 8525 */
export const YANG_LIBRARY = 'urn:ietf:params:xml:ns:yang:ietf-yang-library'

/** RFC 6022 */
export const MONITORING = 'urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring'
/** The events of a hub, whose elements are those of the XML view of events. */
export const EVENTS = 'urn:tocsin:events'

/** Modules whose notifications are known without the list of the device. */
export const standardModules: ReadonlyMap<string, string> = new Map([
  [STREAMS, 'nc-notifications'],
  [NOTIFICATION, 'notifications'],
  [NETCONF_EVENTS, 'ietf-netconf-notifications'],
  [SUBSCRIBED, 'ietf-subscribed-notifications'],
  [YANG_PUSH, 'ietf-yang-push'],
])
