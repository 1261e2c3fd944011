import { expect, it } from 'vitest'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { EdgeRequest } from '../../../src/methods/askable-edge.js'
import { EdgesElsewhere, edgesForOthers } from '../../../src/methods/asking/edges-elsewhere.js'
import { Cancellation } from '../../../src/methods/cancellation.js'
import { Edges } from '../../../src/methods/edges.js'
import { realRuntime } from '../../helpers/real-runtime.js'

const access = {
  authorize: (({ name }: { name: string }, _right: string, edge: string) =>
    name === 'ops' && edge.startsWith('web')) as never,
  principal: (name: string) => ({ name, source: '' }),
}

/** A hub with these edge hubs, each of which answers with what it was asked. */
function hubWith(...names: string[]): Edges {
  const edges = new Edges(realRuntime, () => true)
  for (const [nth, name] of names.entries()) {
    const ask = async (method: string, { params, by, question }: EdgeRequest) => ({
      name,
      method,
      params,
      by,
      question,
    })
    edges.attach({ name, principal: 'edges', address: '', usid: nth }, () => 0, { line: { ask }, all: true })
  }
  edges.attach({ name: 'mute', principal: 'edges', address: '', usid: 99 }, () => 0)
  return edges
}

function elsewhere(other: (asked: unknown) => Promise<unknown>): EdgesElsewhere {
  const members = {
    others: [{ id: 'b', name: 'two' }],
    request: (_id: string, asked: unknown) => other(asked),
  }
  return new EdgesElsewhere(members, realRuntime, () => true)
}

const question = (by = 'ops'): EdgeRequest => ({
  question: 'q',
  by,
  params: { bytes: 1_000_000, limit: 5 },
  cancellation: new Cancellation(),
})

const find = (edges: EdgesElsewhere, name: string) => edges.find({ principal: 'edges', name })

it('the edge hubs of another hub are asked through it, for pages that fit into a message', async () => {
  const there = hubWith('web1', 'db1')
  const edges = elsewhere(edgesForOthers(there, access, realRuntime))
  await edges.refresh()
  expect([...edges].map(({ name, answers }) => `${name} ${answers?.all}`)).toEqual([
    'web1 true',
    'db1 true',
    'mute undefined',
  ])
  const line = find(edges, 'web1')?.answers?.line
  expect(await line?.ask('events.read', question())).toEqual({
    name: 'web1',
    method: 'events.read',
    params: { bytes: 393_216, limit: 5 },
    by: 'ops',
    question: 'q',
  })
})

it('the other hub decides by its own rights, and says if the edge hub has left', async () => {
  const there = new Edges(realRuntime, () => true)
  const edges = elsewhere(edgesForOthers(there, access, realRuntime))
  const ask = async () => ({ n: 1 })
  const login = { name: 'web1', principal: 'edges', address: '', usid: 1 }
  const attached = there.attach(login, () => 0, { line: { ask }, all: false })
  await edges.refresh()
  const line = find(edges, 'web1')?.answers?.line
  await expect(line?.ask('events.read', question('guest'))).rejects.toMatchObject({
    code: 'TCN_ACCESS_DENIED',
  })
  expect(await line?.ask('events.read', question())).toEqual({ n: 1 })
  attached.detach()
  await expect(line?.ask('events.read', question())).rejects.toMatchObject({ code: 'TCN_EDGE_AWAY' })
  await edges.refresh()
  expect([...edges]).toEqual([])
})

it('a question that is cancelled waits for no other hub', async () => {
  const never = new Promise(() => {})
  const answers = [{ edges: [['web1', 'edges', 'all']] }]
  const edges = elsewhere(() => Promise.resolve(answers.shift() ?? never))
  await edges.refresh()
  const asked = question()
  const answer = find(edges, 'web1')?.answers?.line.ask('events.read', asked)
  asked.cancellation.cancel('enough')
  await expect(answer).rejects.toMatchObject({ code: 'TCN_CLIENT_ABORTED', cause: 'enough' })
})

it('a hub that does not say which edge hubs it has, or makes no sense, is named', async () => {
  const silent = elsewhere(() => Promise.reject(new TocsinError('TCN_CLUSTER_NO_ANSWER', 'it is late')))
  await silent.refresh()
  expect(silent.unheard).toMatchObject([{ hub: 'two', error: { code: 'TCN_CLUSTER_NO_ANSWER' } }])
  const odd = elsewhere(async () => ({ edges: [['a/b', 'edges', 'all']] }))
  await odd.refresh()
  expect([...odd]).toEqual([])
  expect(odd.unheard).toHaveLength(1)
})

it('an edge hub that has gone to another hub is known by its connection there, and one that is back by that here', async () => {
  const there = hubWith('web1')
  const here = hubWith()
  const login = { name: 'web1', principal: 'edges', address: '', usid: 7 }
  here.attach(login, () => 0).detach()
  here.elsewhere = elsewhere(edgesForOthers(there, access, realRuntime))
  expect(here.named('web1')).toMatchObject([{ isUp: false }])
  await here.elsewhere.refresh()
  expect(here.named('web1')).toMatchObject([{ isUp: true, answers: { all: true } }])
  expect([here.list().map(({ name }) => name), here.counts()]).toEqual([['mute'], { up: 1, down: 0 }])
  here.attach(login, () => 0)
  expect(here.named('web1')).toMatchObject([{ isUp: true, answers: undefined }])
})
