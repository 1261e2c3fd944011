import fc from 'fast-check'
import { expect, it } from 'vitest'
import { finished } from '../../../../src/incremental/steps.js'
import { standardModules } from '../../../../src/protocols/netconf/codec/namespaces.js'
import { isNotification, readNotification } from '../../../../src/protocols/netconf/codec/notification.js'
import { escapeXml, readXml } from '../../../../src/protocols/netconf/codec/xml.js'
import { compileDisplay } from '../../../../src/types/display.js'
import { netconfTypes } from '../../../../src/types/host/netconf.js'
import { TypeRegistry } from '../../../../src/types/registry.js'

const element = (text: string) => finished(readXml(Buffer.from(text)))
const read = (text: string, modules = standardModules) => finished(readNotification(element(text), modules))
const notification = (content: string) =>
  `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2026-11-27T02:54:26Z</eventTime>${content}</notification>`
const own = (name: string, content: string) =>
  read(
    notification(
      `<${name} xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-notifications">${content}</${name}>`,
    ),
  )

it('the notification of RFC 5277, section 3.6, is JSON', () => {
  const text = `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0">
      <eventTime>2007-07-08T00:01:00Z</eventTime>
      <event xmlns="http://example.com/event/1.0"><eventClass>fault</eventClass>
        <reportingEntity><card>Ethernet0</card></reportingEntity><severity>major</severity></event>
    </notification>`
  expect(isNotification(element(text))).toBe(true)
  expect(read(text)).toEqual({
    name: 'event',
    qualifiedName: 'http://example.com/event/1.0:event',
    eventTime: '2007-07-08T00:01:00Z',
    time: Date.parse('2007-07-08T00:01:00Z') * 1000,
    content: { eventClass: 'fault', reportingEntity: { card: 'Ethernet0' }, severity: 'major' },
  })
  expect(read(text, new Map([['http://example.com/event/1.0', 'example']])).qualifiedName).toBe(
    'example:event',
  )
})

it('members have a module where the namespace changes, repeated ones are a list, and values stay text', () => {
  const content = `<a xmlns="urn:a"><b>007</b><c xmlns="urn:c">1e3<d/></c><b>true</b><e><f/></e><e/></a>`
  const modules = new Map([['urn:c', 'mod-c']])
  expect(read(notification(content), modules).content).toEqual({
    b: ['007', 'true'],
    'mod-c:c': { d: '' },
    e: [{ f: '' }, ''],
  })
})

it('a name such as __proto__ is a member like any other', () => {
  const { content } = read(notification('<a xmlns="urn:a"><__proto__><b>1</b></__proto__></a>'))
  expect(Object.entries(content as object)).toEqual([['__proto__', { b: '1' }]])
})

it('the notifications of RFC 6470 have lists and numbers as their model says', () => {
  const change = own(
    'netconf-config-change',
    `<changed-by><server/></changed-by><datastore>running</datastore>
     <edit><target xmlns:ex="urn:ex">/ex:a</target><operation>merge</operation></edit>`,
  )
  expect(change.qualifiedName).toBe('ietf-netconf-notifications:netconf-config-change')
  expect(change.content).toEqual({
    'changed-by': { server: [null] },
    datastore: 'running',
    edit: [{ target: '/ex:a', operation: 'merge' }],
  })
  const end = own(
    'netconf-session-end',
    '<username>admin</username><session-id>7</session-id><killed-by>8</killed-by><termination-reason>killed</termination-reason>',
  )
  expect(end.content).toEqual({
    username: 'admin',
    'session-id': 7,
    'killed-by': 8,
    'termination-reason': 'killed',
  })
})

it('a notification without content is refused, and one without fields is empty', () => {
  expect(() => read(notification(''))).toThrow(expect.objectContaining({ code: 'TCN_NETCONF_MESSAGE' }))
  expect(read(notification('<sysStartup xmlns="urn:a"/>')).content).toEqual({})
})

it('a time that cannot be read stays as text', () => {
  expect(read('<notification><eventTime>yesterday</eventTime><a/></notification>')).toMatchObject({
    eventTime: 'yesterday',
    time: undefined,
  })
})

it('long content is made in steps, and is the same as in one', () => {
  const items = Array.from({ length: 3000 }, (_, nth) => `<item><id>${nth}</id></item>`).join('')
  const steps = readNotification(element(notification(`<a xmlns="urn:a">${items}</a>`)), standardModules)
  let count = 1
  for (let step = steps.next(); ; step = steps.next(), count++) {
    if (step.done !== true) continue
    expect(step.value.content).toEqual({
      item: Array.from({ length: 3000 }, (_, nth) => ({ id: String(nth) })),
    })
    break
  }
  expect(count).toBeGreaterThan(3)
})

it('texts of any kind come through', () => {
  const kept = fc
    .string({ unit: 'grapheme' })
    .map((text) => text.replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, ''))
  fc.assert(
    fc.property(kept, (text) => {
      const { content } = read(notification(`<a xmlns="urn:a"><b>${escapeXml(text)}</b></a>`))
      expect(content).toEqual({ b: text })
    }),
  )
})

const registry = new TypeRegistry(netconfTypes)

it.each([
  [
    'netconf-session-start',
    { username: 'admin', 'session-id': 4, 'source-host': '192.0.2.1' },
    'netconf.session_start',
    'session 4 of admin began from 192.0.2.1',
  ],
  [
    'netconf-session-end',
    { username: 'admin', 'session-id': 4, 'termination-reason': 'killed', 'killed-by': 5 },
    'netconf.session_end',
    'session 4 of admin ended: killed by session 5',
  ],
  [
    'netconf-config-change',
    { 'changed-by': { username: 'admin', 'source-host': '192.0.2.1' }, datastore: 'running' },
    'netconf.config_change',
    'configuration changed by admin from 192.0.2.1 (running)',
  ],
  [
    'netconf-confirmed-commit',
    { 'confirm-event': 'start', timeout: 60 },
    'netconf.confirmed_commit',
    'confirmed commit: start, 60 s',
  ],
  ['linkDown', { port: '7' }, 'netconf.notification', 'acme:linkDown: {port: 7}'],
])('%s has a type and a line', (name, content, type, line) => {
  expect(registry.typeOf(`netconf/r1/${name}`)).toBe(type)
  const known = netconfTypes.find((each) => each.type === type)
  const prefix = type === 'netconf.notification' ? 'acme' : 'ietf-netconf-notifications'
  const data = { notification: `${prefix}:${name}`, content }
  expect(compileDisplay(known?.display ?? '')(data, 200)).toBe(line)
})
