import fc from 'fast-check'
import { expect, it } from 'vitest'
import { finished } from '../../../../src/incremental/steps.js'
import { escapeXml, readXml, textAt, type XmlElement } from '../../../../src/protocols/netconf/codec/xml.js'

const read = (text: string) => finished(readXml(Buffer.from(text)))

it('elements have their names, namespaces, attributes and text, whatever the prefixes', () => {
  const root = read(`
    <?xml version="1.0" encoding="UTF-8"?><!-- a --><?pi b?>
    <n:a xmlns:n="urn:a" x="1" n:y="2"> <b xmlns="urn:b">1 &lt; 2<![CDATA[ & <3>]]></b>
    <n:c/> </n:a>`)
  expect(root).toMatchObject({ name: 'a', namespace: 'urn:a', text: '', size: 3 })
  expect(root.attributes).toEqual(
    expect.arrayContaining([
      { name: 'x', namespace: '', value: '1' },
      { name: 'y', namespace: 'urn:a', value: '2' },
    ]),
  )
  expect(root.children.map(({ name, namespace, text }) => [name, namespace, text])).toEqual([
    ['b', 'urn:b', '1 < 2 & <3>'],
    ['c', 'urn:a', ''],
  ])
})

it.each([
  ['<!DOCTYPE a><a/>', 'DOCTYPE'],
  ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'DOCTYPE'],
  ['<a>&b;</a>', 'entity'],
  ['<a', 'must contain a root element'],
  ['<a></b>', 'unexpected close tag'],
  ['<a/><b/>', 'only one root'],
  ['<x:a/>', 'prefix'],
  ['', 'root'],
  ['<a b="1" b="2"/>', 'duplicate'],
  ['<a>\u0001</a>', 'disallowed character'],
])('%j is refused', (text, why) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'TCN_NETCONF_XML' }))
  expect(() => read(text)).toThrow(why)
})

it('bytes that are no UTF-8 are refused', () => {
  expect(() => finished(readXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c])))).toThrow(
    'cannot be read as XML',
  )
})

it('elements nest 128 deep and no deeper, and have 256 attributes and no more', () => {
  const deep = (depth: number) => '<a>'.repeat(depth) + '</a>'.repeat(depth)
  expect(read(deep(128)).size).toBe(128)
  expect(() => read(deep(129))).toThrow('nest more than 128 deep')
  expect(() => read('<a>'.repeat(1_000_000))).toThrow('nest more than 128 deep')
  const wide = (count: number) => `<a ${Array.from({ length: count }, (_, nth) => `a${nth}=""`).join(' ')}/>`
  expect(read(wide(256)).attributes).toHaveLength(256)
  expect(() => read(wide(20_000))).toThrow('more than 256 attributes')
  expect(() => read(`<a>${'<b/>'.repeat(250_000)}</a>`)).toThrow('more than 250000 elements')
})

it('a long message is read in steps, and characters may lie across them', () => {
  const text = 'é€😀'.repeat(10_000)
  const steps = readXml(Buffer.from(`<a>${text}</a>`))
  let count = 0
  for (;;) {
    const { done, value } = steps.next()
    count++
    if (done !== true) continue
    expect(value.text).toBe(text)
    break
  }
  expect(count).toBeGreaterThan(5)
})

const name = fc.stringMatching(/^[A-Za-z_][\w.-]{0,8}$/).filter((text) => !/^xml/i.test(text))
const text = fc
  .string({ unit: 'grapheme' })
  .map((each) =>
    each.replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '').replace(/\r/g, ''),
  )
  .filter((each) => each.trim() === each)
interface Made {
  name: string
  text: string
  children: Made[]
}
const tree = fc.letrec<{ element: Made }>((tie) => ({
  element: fc.record({
    name,
    text,
    children: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'tree' },
      fc.constant<Made[]>([]),
      fc.array(tie('element'), { maxLength: 3 }),
    ),
  }),
})).element

function write({ name, text, children }: Made): string {
  return `<${name}>${children.length === 0 ? escapeXml(text) : children.map(write).join('\n')}</${name}>`
}

function plain({ name, text, children }: XmlElement): Made {
  return { name, text: children.length === 0 ? text : '', children: children.map(plain) }
}

it('what is written is read again', () => {
  const clean = (made: Made): Made => ({
    ...made,
    text: made.children.length === 0 ? made.text : '',
    children: made.children.map(clean),
  })
  fc.assert(
    fc.property(tree, (made) => {
      expect(plain(read(write(made)))).toEqual(clean(made))
    }),
  )
})

it('bytes of any kind are read or refused with a code', () => {
  const pieces = fc.constantFrom(
    '<a>',
    '</a>',
    '<a b="',
    '"',
    '>',
    '&',
    ';',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '<?',
    '?>',
    'x',
    '<!DOCTYPE',
    ' xmlns=""',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
      try {
        read(parts.join(''))
      } catch (error) {
        expect(error).toMatchObject({ code: 'TCN_NETCONF_XML' })
      }
    }),
  )
})

it('the text at a path has no blanks around it', () => {
  const root = read('<a><b><c> 7 </c></b></a>')
  expect(textAt(root, 'b', 'c')).toBe('7')
  expect(textAt(root, 'b', 'd')).toBeUndefined()
})
