import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileSimple } from '../../../../src/filter/xpath/evaluate.js'
import { compileXPath } from '../../../../src/filter/xpath/full/index.js'
import { finished } from '../../../../src/incremental/steps.js'
import { readXml, type XmlElement, xmlText } from '../../../../src/protocols/netconf/codec/xml.js'
import { filterOfPath, selected, subtreeXPath } from '../../../../src/protocols/netconf/server/subtree.js'

const xml = (text: string) => finished(readXml(Buffer.from(text)))
const filter = (content: string) => xml(`<filter>${content}</filter>`)
const select = (data: string, content: string) =>
  selected(xml(`<data>${data}</data>`).children, filter(content).children)
    .map((each) => xmlText(each))
    .join('')

const event = {
  type: 'host.load',
  attributes: { tag: 'a' },
  data: { load: 3, disk: [{ name: 'sda' }, { name: 'sdb' }] },
}

it.each([
  ['', 'false()', false],
  ['<host.load/>', '/host.load', true],
  ['<other/><host.load xmlns="urn:tocsin:events"/>', '/other or /host.load', true],
  ['<host.load xmlns="urn:elsewhere"/>', 'false()', false],
  ['<host.load><load>3</load></host.load>', "/host.load[load = '3']", true],
  ['<host.load><load>4</load><disk/></host.load>', "/host.load[load = '4']", false],
  ['<host.load><load> 3 </load><other/></host.load>', "/host.load[load = '3']", true],
  [
    '<host.load><other/><disk><name>sdb</name></disk></host.load>',
    "/host.load[other or disk[name = 'sdb']]",
    true,
  ],
  ['<host.load><disk><name>sdc</name></disk></host.load>', "/host.load[disk[name = 'sdc']]", false],
  ['<host.load tag="a"/>', "/host.load[@tag = 'a']", true],
  ['<host.load tag="b"/>', "/host.load[@tag = 'b']", false],
  ["<host.load><load>it's</load></host.load>", '/host.load[load = "it\'s"]', false],
])('the subtree filter %s is the expression %s', (content, expression, matches) => {
  const made = subtreeXPath(filter(content))
  expect(made).toBe(expression)
  expect(compileXPath(made)(event)).toBe(matches)
  if (made !== 'false()') expect(compileSimple(made)?.matches(event)).toBe(matches)
})

it('a value with both kinds of quotation marks is refused', () => {
  expect(() => subtreeXPath(filter('<a><b>\'"</b></a>'))).toThrow('quotation marks')
})

const STREAMS =
  '<streams><stream><name>A</name><replay>true</replay></stream><stream><name>B</name></stream></streams>'

it.each([
  ['', ''],
  ['<streams/>', STREAMS],
  ['<other/>', ''],
  ['<streams xmlns="urn:other"/>', ''],
  [
    '<streams><stream><name>B</name></stream></streams>',
    '<streams><stream><name>B</name></stream></streams>',
  ],
  [
    '<streams><stream><name>A</name><replay/></stream></streams>',
    '<streams><stream><name>A</name><replay>true</replay></stream></streams>',
  ],
  [
    '<streams><stream><name/></stream></streams>',
    '<streams><stream><name>A</name></stream><stream><name>B</name></stream></streams>',
  ],
  ['<streams><stream><name>C</name></stream></streams>', ''],
])('of the data, %s selects %s', (content, wanted) => {
  expect(select(STREAMS, content)).toBe(wanted)
})

it('a path selects what the filter of the same form does', () => {
  const data = xml(`<data>${STREAMS}</data>`).children
  const by = (path: string) =>
    selected(data, filterOfPath(path))
      .map((each) => xmlText(each))
      .join('')
  expect(by('/streams')).toBe(STREAMS)
  expect(by("/x:streams/x:stream[x:name='B']")).toBe('<streams><stream><name>B</name></stream></streams>')
  expect(by('/streams/stream/replay')).toBe('<streams><stream><replay>true</replay></stream></streams>')
  for (const path of [
    '//stream',
    'count(/streams)',
    '/streams/*',
    '/streams/@x',
    "/streams[stream/name='A']",
  ])
    expect(() => filterOfPath(path)).toThrow(expect.objectContaining({ code: 'TCN_NETCONF_REQUEST' }))
})

const names = fc.constantFrom('a', 'b', 'c')
const made = (name: string, text: string, children: XmlElement[]): XmlElement => ({
  ...{ name, text, children, namespace: '', attributes: [], size: 1, height: 1 },
})
/** Every element with others in it has those of `marks` too. */
const treeWith = (marks: XmlElement[]) =>
  fc.letrec<{ leaf: XmlElement; element: XmlElement }>((tie) => ({
    leaf: fc.tuple(names, fc.constantFrom('', '1', '2')).map(([name, text]) => made(name, text, [])),
    element: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      tie('leaf'),
      fc
        .tuple(names, fc.array(tie('element'), { minLength: 1, maxLength: 3 }))
        .map(([name, children]) => made(name, '', [...children, ...marks])),
    ),
  })).element
const tree = treeWith([])
/** In XPath, the text of an element is that of all elements in it: here it is never that of a filter. */
const marked = treeWith([made('mark', '#', [])])

/** The data of the XML view with the same elements. */
function dataOf({ children, text }: XmlElement): unknown {
  if (children.length === 0) return text
  const data: Record<string, unknown[]> = {}
  for (const child of children) {
    data[child.name] ??= []
    data[child.name].push(dataOf(child))
  }
  return data
}

it('an event passes a filter if the filter leaves something of its element', () => {
  fc.assert(
    fc.property(marked, fc.array(tree, { maxLength: 3 }), (data, filters) => {
      const left = selected([data], filters)
      const expression = subtreeXPath({ ...data, children: filters })
      const view = { type: data.name, attributes: {}, data: dataOf(data) }
      expect(compileXPath(expression)(view)).toBe(left.length > 0)
    }),
  )
})

it('what is selected is a part of the data', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 3 }), fc.array(tree, { maxLength: 3 }), (data, filters) => {
      const isPartOf = (part: XmlElement, whole: readonly XmlElement[]): boolean =>
        whole.some(
          (each) =>
            each.name === part.name &&
            each.text === part.text &&
            part.children.every((child) => isPartOf(child, each.children)),
        )
      for (const part of selected(data, filters)) expect(isPartOf(part, data)).toBe(true)
    }),
  )
})
