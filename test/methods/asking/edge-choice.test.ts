import { expect, it } from 'vitest'
import { chooseEdges } from '../../../src/methods/asking/edge-choice.js'

const NAMES = ['web1', 'web2', 'web7', 'db1', 'mid']
const SITES: Record<string, string> = { web1: 'fra', web2: 'fra', web7: 'ber', db1: 'fra', mid: 'ham' }

function choose(text: string, mayAsk = (_name: string) => true) {
  const known = NAMES.map((name) => ({ name, principal: 'edges', isUp: true, answers: undefined }))
  const { here, edges, through, unknown } = chooseEdges(
    text,
    known,
    (name) => ({ site: SITES[name] }),
    mayAsk,
  )
  return {
    here,
    edges: edges.map(({ name }) => name),
    through: through.map(({ name, choice }) => `${name}: ${choice}`),
    unknown,
  }
}

it.each([
  ['web1', ['web1']],
  ['web*', ['web1', 'web2', 'web7']],
  ['web*,!web7', ['web1', 'web2']],
  ['!web*', ['db1', 'mid']],
  ['site=fra', ['web1', 'web2', 'db1']],
  ['site=f*,!web*', ['db1']],
  ['*,!site=fra', ['web7', 'mid']],
  [' web1 , db? ', ['web1', 'db1']],
])('%s chooses %j', (text, edges) => {
  expect(choose(text)).toEqual({ here: false, edges, through: [], unknown: [] })
})

it('@here is the hub that is asked, alone or beside others', () => {
  expect(choose('@here')).toMatchObject({ here: true, edges: [] })
  expect(choose('@here,web1')).toMatchObject({ here: true, edges: ['web1'] })
})

it('names behind an edge hub are chosen there', () => {
  expect(choose('mid/leaf*,!mid/leaf2,web1')).toMatchObject({
    edges: ['web1'],
    through: ['mid: leaf*,!leaf2'],
  })
  expect(choose('mid/a/b')).toMatchObject({ edges: [], through: ['mid: a/b'] })
})

it('a name that no edge hub has is told, a pattern without edge hubs is not', () => {
  expect(choose('web9,web1,x*')).toMatchObject({ edges: ['web1'], unknown: ['web9'] })
})

it('edge hubs that the right does not extend to do not exist', () => {
  const mayAsk = (name: string) => name.startsWith('web') || name.startsWith('mid/')
  expect(choose('*', mayAsk).edges).toEqual(['web1', 'web2', 'web7'])
  expect(choose('db1', mayAsk)).toMatchObject({ edges: [], unknown: ['db1'] })
  expect(choose('mid/x*', mayAsk).through).toEqual(['mid: x*'])
  expect(choose('mid/x*', (name) => name === 'mid/x1').through).toEqual([])
})

it.each(['', ' ', 'web1,', 'a b', '/x', 'mid/', 'mid//x', '[a-z]', '!', 'x'.repeat(300), '@there'])(
  '%j chooses nothing, and says so',
  (text) => {
    expect(() => choose(text)).toThrow(expect.objectContaining({ code: 'TCN_EDGE_CHOICE' }))
  },
)

it('the number of parts is bounded', () => {
  expect(() => choose(Array.from({ length: 300 }, (_, n) => `w${n}`).join(','))).toThrow(
    expect.objectContaining({ code: 'TCN_EDGE_CHOICE' }),
  )
})

it('of edge hubs with the same name, those that answer are asked, and named apart', () => {
  const answers = { line: { ask: () => Promise.resolve() }, all: true }
  const chosen = (...edges: { principal: string; isUp: boolean; answers: typeof answers | undefined }[]) =>
    chooseEdges(
      'web1',
      edges.map((edge) => ({ name: 'web1', ...edge })),
      () => ({}),
      () => true,
    ).edges.map(({ name, edge }) => `${name} of ${edge.principal}`)
  const lost = { principal: 'old', isUp: false, answers }
  const silent = { principal: 'silent', isUp: true, answers: undefined }
  const good = { principal: 'good', isUp: true, answers }
  expect(chosen(lost, silent, good)).toEqual(['web1 of good'])
  expect(chosen(lost, silent)).toEqual(['web1 of silent'])
  expect(chosen(good, { ...good, principal: 'other' })).toEqual(['web1:good of good', 'web1:other of other'])
})
