import { expect, it } from 'vitest'
import type { FaceDefinition, OpenFace } from '../../../src/faces/face.js'
import { type HubOfFaces, OpenFaces } from '../../../src/hub/parts/faces.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

function faceThat(close: () => Promise<void>): FaceDefinition {
  const face = { listeners: [], close, unbind: () => undefined } as unknown as OpenFace
  return { name: 'test', open: async () => face } as unknown as FaceDefinition
}

it('a face whose end never comes, or fails, does not keep the others and the hub from theirs', async () => {
  const runtime = new FakeRuntime()
  const notes: string[] = []
  const faces = new OpenFaces({
    runtime,
    access: {},
    reports: {},
    note: (text: string) => notes.push(text),
  } as unknown as HubOfFaces)
  const closed: string[] = []
  const closes = [
    () => new Promise<void>(() => undefined),
    () => Promise.reject(new Error('broken')),
    async () => void closed.push('good'),
  ]
  for (const close of closes) await faces.open(faceThat(close), {})
  let isClosed = false
  const end = faces.close().then(() => {
    isClosed = true
  })
  await runtime.pass(9_000)
  expect([isClosed, closed]).toEqual([false, ['good']])
  await runtime.pass(2_000)
  expect(isClosed).toBe(true)
  await end
  expect(notes).toEqual([
    'test is not closed in order: broken',
    'test is not closed in order: not done within 10 s',
  ])
})
