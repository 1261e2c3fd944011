import { formatTime } from '../../../event/position.js'
import { capability } from '../codec/hello.js'
import {
  BASE,
  MONITORING,
  NETCONF_EVENTS,
  NOTIFICATION,
  STREAMS,
  SUBSCRIBED,
  YANG_LIBRARY,
} from '../codec/namespaces.js'
import { xmlValue } from './notification.js'

interface ServerModule {
  readonly name: string
  readonly revision: string
  readonly namespace: string
  readonly features?: readonly string[]
  /** It is of YANG 1.1, and not listed in a hello (RFC 7950, section 5.6.4). */
  readonly isLater?: boolean
}

/** The YANG modules of this server. */
const modules: readonly ServerModule[] = [
  { name: 'ietf-netconf', revision: '2011-06-01', namespace: BASE, features: ['xpath'] },
  { name: 'notifications', revision: '2008-07-14', namespace: NOTIFICATION },
  { name: 'nc-notifications', revision: '2008-07-14', namespace: STREAMS },
  { name: 'ietf-netconf-notifications', revision: '2012-02-06', namespace: NETCONF_EVENTS },
  { name: 'ietf-yang-library', revision: '2019-01-04', namespace: YANG_LIBRARY, isLater: true },
  {
    name: 'ietf-subscribed-notifications',
    revision: '2019-09-09',
    namespace: SUBSCRIBED,
    features: ['encode-xml', 'replay', 'subtree', 'xpath'],
    isLater: true,
  },
]

/** The list of modules changes only with the program. */
const CONTENT_ID = 'tocsin-1'

/** The capabilities in the hello of the server. */
export const serverCapabilities: readonly string[] = [
  capability.base10,
  capability.base11,
  capability.notification,
  capability.interleave,
  capability.xpath,
  `${capability.yangLibrary10}?revision=2016-06-21&module-set-id=${CONTENT_ID}`,
  `${capability.yangLibrary11}?revision=2019-01-04&content-id=${CONTENT_ID}`,
  ...modules
    .filter(({ isLater, namespace }) => !isLater && namespace !== BASE)
    .map(({ name, revision, namespace }) => `${namespace}?module=${name}&revision=${revision}`),
]

export interface ServerStream {
  readonly name: string
  readonly description?: string
  readonly replay: boolean
  /** The oldest event that can be replayed, µs since the epoch. */
  readonly since?: number
}

export interface ServerSubscription {
  readonly id: number
  readonly stream: string
  readonly xpath?: string
  readonly stop?: number
  /** The session that gets it. */
  readonly receiver: string
}

/** All data of the server, as XML without an element around it. */
export function stateText(
  streams: readonly ServerStream[],
  subscriptions: readonly ServerSubscription[],
): string {
  return [
    `<netconf xmlns="${STREAMS}"><streams>${streams.map(streamOf5277).join('')}</streams></netconf>`,
    `<streams xmlns="${SUBSCRIBED}">${streams.map(streamOf8639).join('')}</streams>`,
    `<subscriptions xmlns="${SUBSCRIBED}">${subscriptions.map(subscriptionText).join('')}</subscriptions>`,
    libraryText,
    `<netconf-state xmlns="${MONITORING}"><capabilities>${serverCapabilities.map((uri) => leaf('capability', uri)).join('')}</capabilities></netconf-state>`,
  ].join('')
}

function streamOf5277({ name, description = name, replay, since }: ServerStream): string {
  const created = replay && since !== undefined ? leaf('replayLogCreationTime', formatTime(since)) : ''
  return `<stream>${leaf('name', name)}${leaf('description', description)}${leaf('replaySupport', String(replay))}${created}</stream>`
}

function streamOf8639({ name, description = name, replay, since }: ServerStream): string {
  const created = since === undefined ? '' : leaf('replay-log-creation-time', formatTime(since))
  const log = replay ? `<replay-support/>${created}` : ''
  return `<stream>${leaf('name', name)}${leaf('description', description)}${log}</stream>`
}

function subscriptionText({ id, stream, xpath, stop, receiver }: ServerSubscription): string {
  const filter = xpath === undefined ? '' : leaf('stream-xpath-filter', xpath)
  const stopTime = stop === undefined ? '' : leaf('stop-time', formatTime(stop))
  const receivers = `<receivers><receiver>${leaf('name', receiver)}<state>active</state></receiver></receivers>`
  return `<subscription>${leaf('id', String(id))}${filter}${leaf('stream', stream)}${stopTime}<encoding>encode-xml</encoding>${receivers}</subscription>`
}

/** The modules by RFC 8525, and by RFC 7895 before it. */
const libraryText = `<yang-library xmlns="${YANG_LIBRARY}"><module-set><name>all</name>${modules.map((each) => moduleText(each)).join('')}</module-set><content-id>${CONTENT_ID}</content-id></yang-library><modules-state xmlns="${YANG_LIBRARY}"><module-set-id>${CONTENT_ID}</module-set-id>${modules.map((each) => moduleText(each, '<conformance-type>implement</conformance-type>')).join('')}</modules-state>`

function moduleText({ name, revision, namespace, features = [] }: ServerModule, more = ''): string {
  const listed = features.map((feature) => leaf('feature', feature)).join('')
  return `<module>${leaf('name', name)}${leaf('revision', revision)}${leaf('namespace', namespace)}${listed}${more}</module>`
}

function leaf(name: string, text: string): string {
  return `<${name}>${xmlValue(text)}</${name}>`
}
