import { expect, it } from 'vitest'
import {
  changeRequests,
  readChange,
  shownChange,
} from '../../../../src/protocols/netconf/codec/configuration.js'

const NC = 'urn:ietf:params:xml:ns:netconf:base:1.0'

it('a change is elements, with config around them or without', () => {
  const bare = readChange('<?xml version="1.0"?>\n<a xmlns="urn:a"><b>1</b></a><c xmlns="urn:c"/>')
  expect(bare.elements.map(({ name }) => name)).toEqual(['a', 'c'])
  expect(changeRequests.edit(bare)).toBe(
    `<edit-config><target><candidate/></target><config xmlns:nc="${NC}"><a xmlns="urn:a"><b>1</b></a><c xmlns="urn:c"/></config></edit-config>`,
  )
  const wrapped = readChange('<config><a xmlns="urn:a"/></config>')
  expect(wrapped.elements.map(({ name }) => name)).toEqual(['a'])
  expect(changeRequests.edit(wrapped)).toBe(
    '<edit-config><target><candidate/></target><config><a xmlns="urn:a"/></config></edit-config>',
  )
  expect(changeRequests.get(wrapped, 'running')).toBe(
    '<get-config><source><running/></source><filter type="subtree"><a xmlns="urn:a"/></filter></get-config>',
  )
})

it('a change that would end the request around it is refused', () => {
  for (const text of [
    '',
    'text',
    '<a>',
    '</config><config>',
    '<a/></config><commit/><config>',
    '<!DOCTYPE a><a/>',
    '<a/><!-- ]]>]]> -->',
    '<a b="]]>]]>"/>',
  ])
    expect(() => readChange(text), text).toThrow(expect.objectContaining({ code: 'TCN_NETCONF_XML' }))
})

it('secrets are masked by the names of their leaves, and operations stay', () => {
  const change = readChange(
    `<user xmlns="urn:u" nc:operation="replace"><name>ann</name><password>x1</password><pin>1234</pin><keys><shared-secret><v>x2</v></shared-secret></keys></user>`,
  )
  expect(shownChange(change, ['pin'])).toBe(
    '<user xmlns="urn:u" operation="replace"><name>ann</name><password>***</password><pin>***</pin><keys><shared-secret>***</shared-secret></keys></user>',
  )
})
