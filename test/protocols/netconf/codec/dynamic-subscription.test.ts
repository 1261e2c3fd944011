import { expect, it } from 'vitest'
import { finished } from '../../../../src/incremental/steps.js'
import {
  deleteSubscription,
  establishPush,
  establishStream,
  killSubscription,
  modifyPush,
  readEstablished,
  readId,
  readSubscriptions,
  resyncSubscription,
  rfc8639,
} from '../../../../src/protocols/netconf/codec/dynamic-subscription.js'
import { standardModules } from '../../../../src/protocols/netconf/codec/namespaces.js'
import { readNotification } from '../../../../src/protocols/netconf/codec/notification.js'
import { readReply, refusedError } from '../../../../src/protocols/netconf/codec/rpc.js'
import { subscriptionChange } from '../../../../src/protocols/netconf/codec/subscription-change.js'
import { readXml, type XmlElement } from '../../../../src/protocols/netconf/codec/xml.js'
import { GET_MODULES, readModules } from '../../../../src/protocols/netconf/codec/yang-library.js'
import { rfcMessages } from '../rfc-messages.js'

const read = (text: string) => finished(readXml(Buffer.from(text)))
/** Without the blanks between elements, the order and the texts of which must be the same. */
const shape = (element: XmlElement): unknown => [
  element.namespace,
  element.name,
  element.text.trim(),
  element.children.map(shape),
]
const at = Date.parse('2014-07-21T01:00:00Z') * 1000
const foo = { xpath: '/ex:foo', namespaces: { ex: 'https://example.com/sample-data/1.0' } }

it('a stream is asked for as in RFC 8640, with the filter first', () => {
  const filter = { xpath: '/ex:foo', namespaces: { ex: 'https://example.com/events' } }
  expect(shape(read(establishStream({ stream: 'NETCONF', filter })))).toEqual(
    shape(read(rfcMessages.establishStream).children[0]),
  )
  expect(establishStream({ start: at, stop: at + 1_000_000 })).toBe(
    '<establish-subscription xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><stream>NETCONF</stream><replay-start-time>2014-07-21T01:00:00.000000Z</replay-start-time><stop-time>2014-07-21T01:00:01.000000Z</stop-time></establish-subscription>',
  )
  expect(establishStream({ filter: { subtree: '<a xmlns="urn:a"/>' } })).toContain(
    '<stream-subtree-filter><a xmlns="urn:a"/></stream-subtree-filter><stream>',
  )
})

it('a datastore is asked for as in RFC 8641, by a period or on change', () => {
  const [periodic, changed] = [rfcMessages.establishPeriodic, rfcMessages.establishOnChange].map(read)
  const push = { datastore: 'operational', filter: foo }
  expect(shape(read(establishPush({ ...push, trigger: { period: 500 } })))).toEqual(
    shape(periodic.children[0]),
  )
  expect(shape(read(establishPush({ ...push, trigger: { dampening: 100 } })))).toEqual(
    shape(changed.children[0]),
  )
  expect(shape(read(modifyPush(1011, { ...push, trigger: { period: 250 } })))).toEqual(
    shape(read(rfcMessages.modifyPush).children[0]),
  )
})

it('subscriptions are deleted, killed and synchronized by their numbers', () => {
  expect(shape(read(deleteSubscription(22)))).toEqual(shape(read(rfcMessages.deleteSubscription).children[0]))
  expect(killSubscription(22)).toBe(
    '<kill-subscription xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><id>22</id></kill-subscription>',
  )
  expect(resyncSubscription(22)).toBe(
    '<resync-subscription xmlns="urn:ietf:params:xml:ns:yang:ietf-yang-push"><id>22</id></resync-subscription>',
  )
})

it('a reply has the number, and where the replay begins instead', () => {
  expect(readEstablished(readReply(read(rfcMessages.established)))).toEqual({ id: 22, start: undefined })
  const revised =
    '<rpc-reply message-id="1"><id>9</id><replay-start-time-revision>2014-07-21T01:00:00Z</replay-start-time-revision></rpc-reply>'
  expect(readEstablished(readReply(read(revised)))).toEqual({ id: 9, start: at })
  for (const id of ['', '-1', '12345678901', 'x'])
    expect(readId(read(`<a><id>${id}</id></a>`))).toBe(undefined)
})

it('a period that the device does not accept is refused with one that it does', () => {
  const error = refusedError('the push', readReply(read(rfcMessages.periodRefused)).errors)
  expect(error.message).toBe(
    'the device refuses the push: operation-failed, ietf-yang-push:period-unsupported, at /ietf-yang-push:period',
  )
  expect(error.details).toEqual({ tag: 'operation-failed', periodHint: 2000 })
})

it('what the device says of a subscription is told from what it watches', () => {
  const changes = [
    [rfcMessages.suspended, { kind: 'suspended', id: 39, reason: 'insufficient-resources' }],
    [rfcMessages.resumed, { kind: 'resumed', id: 39 }],
    [rfcMessages.terminated, { kind: 'terminated', id: 39, reason: 'suspension-timeout' }],
    [rfcMessages.completed, { kind: 'completed', id: 39 }],
    [rfcMessages.replayCompleted, { kind: 'replayed', id: 39 }],
  ] as const
  for (const [text, change] of changes) expect(subscriptionChange(read(text))).toEqual(change)
  const old = (name: string, namespace: string) =>
    subscriptionChange(read(`<notification><${name} xmlns="${namespace}"/></notification>`))
  const streams = 'urn:ietf:params:xml:ns:netmod:notification'
  expect(old('replayComplete', streams)).toEqual({ kind: 'replayed' })
  expect(old('notificationComplete', streams)).toEqual({ kind: 'completed' })
  expect(old('replayComplete', 'urn:other')).toBeUndefined()
  expect(subscriptionChange(read(rfcMessages.pushUpdate))).toBeUndefined()
  expect(subscriptionChange(read('<notification/>'))).toBeUndefined()
})

it('pushes are notifications, whose edits are a list', () => {
  const content = (text: string) => finished(readNotification(read(text), standardModules))
  expect(content(rfcMessages.pushUpdate)).toEqual({
    name: 'push-update',
    qualifiedName: 'ietf-yang-push:push-update',
    eventTime: '2017-10-25T08:00:11.22Z',
    time: Date.parse('2017-10-25T08:00:11.220Z') * 1000,
    content: {
      id: '1011',
      'datastore-contents': {
        'urn:ietf:params:xml:ns:yang:ietf-interfaces:interfaces': {
          interface: { name: 'eth0', 'oper-status': 'up' },
        },
      },
    },
  })
  expect(content(rfcMessages.pushChangeUpdate).content).toMatchObject({
    id: '89',
    'datastore-changes': {
      'yang-patch': {
        'patch-id': '0',
        edit: [{ 'edit-id': 'edit1', operation: 'replace', target: '/ietf-interfaces:interfaces' }],
      },
    },
  })
})

it('streams are those of RFC 8639, with and without a log', () => {
  const reply = `<rpc-reply><data><streams xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications">
    <stream><name>NETCONF</name><description>all</description><replay-support/>
    <replay-log-creation-time>2014-07-21T01:00:00Z</replay-log-creation-time>
    <replay-log-aged-time>2014-07-21T01:00:01Z</replay-log-aged-time></stream>
    <stream><name>other</name></stream><stream/></streams></data></rpc-reply>`
  expect(rfc8639.readStreams(readReply(read(reply)))).toEqual([
    { name: 'NETCONF', description: 'all', hasReplay: true, logCreated: at, logAged: at + 1_000_000 },
    { name: 'other', description: undefined, hasReplay: false, logCreated: undefined, logAged: undefined },
  ])
})

it('modules are those that the device implements, by RFC 8525 and by RFC 7895', () => {
  read(GET_MODULES)
  const library = (content: string) =>
    readModules(readReply(read(`<rpc-reply><data>${content}</data></rpc-reply>`)))
  const module = (name: string, more = '') =>
    `<module><name>${name}</name><namespace>urn:${name}</namespace>${more}</module>`
  const implemented = '<conformance-type>implement</conformance-type>'
  const imported = '<conformance-type>import</conformance-type>'
  expect(
    library(
      `<yang-library><module-set>${module('a')}</module-set><module-set>${module('b')}<module><name>c</name></module></module-set></yang-library>`,
    ),
  ).toEqual(
    new Map([
      ['urn:a', 'a'],
      ['urn:b', 'b'],
    ]),
  )
  expect(
    library(`<modules-state>${module('a', implemented)}${module('b', imported)}</modules-state>`),
  ).toEqual(new Map([['urn:a', 'a']]))
  expect(library('')).toEqual(new Map())
})

it('subscriptions of a device are listed with their targets, states and receivers', () => {
  const receiver = (state: string) =>
    `<receivers><receiver><name>a</name><state>${state}</state></receiver></receivers>`
  const reply = `<rpc-reply><data><subscriptions xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications">
    <subscription><id>22</id><stream>NETCONF</stream>${receiver('active')}</subscription>
    <subscription><id>23</id><yp:datastore xmlns:yp="urn:ietf:params:xml:ns:yang:ietf-yang-push">ds:operational</yp:datastore></subscription>
    <subscription/></subscriptions></data></rpc-reply>`
  expect(readSubscriptions(readReply(read(reply)))).toEqual([
    { id: 22, of: 'NETCONF', state: 'active', receivers: ['a'] },
    { id: 23, of: 'operational', receivers: [] },
  ])
})
