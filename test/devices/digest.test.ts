import { expect, it } from 'vitest'
import { digestOf } from '../../src/devices/digest.js'
import { finished } from '../../src/incremental/steps.js'
import { readXml } from '../../src/protocols/netconf/codec/xml.js'

function digest(text: string): string {
  const { children } = finished(readXml(Buffer.from(`<data>${text}</data>`)))
  return finished(digestOf(children))
}

it('the same content has the same digest, however it is written', () => {
  const one = digest('<a xmlns="urn:a"><b>1</b><c/></a>')
  expect(digest('<x:a xmlns:x="urn:a"> <x:b> 1 </x:b>\n<x:c></x:c></x:a>')).toBe(one)
})

it('other content has another digest', () => {
  const texts = ['', '<a/>', '<a/><a/>', '<a><a/></a>', '<a>1</a>', '<a xmlns="urn:a"/>', '<a>"],</a>']
  expect(new Set(texts.map(digest)).size).toBe(texts.length)
})

it('each piece of elements as deep as they may be is as long as its own element', () => {
  const depth = 127
  expect(digest(`${'<a>'.repeat(depth)}"${'</a>'.repeat(depth)}`)).toMatch(/^[\w-]{43}$/)
})

it('many elements take several steps', () => {
  const { children } = finished(readXml(Buffer.from(`<data>${'<a/>'.repeat(2_000)}</data>`)))
  expect([...digestOf(children)].length).toBeGreaterThan(5)
})
