import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HubProcess } from './hub-process.js'

let hub: HubProcess

beforeAll(async () => {
  hub = await HubProcess.start()
  await using client = await connect({ address: hub.socket })
  for (const status of [200, 404])
    await client.publish('shop/access', { message: 'GET /', fields: { status } }, { ack: 'durable' })
})
afterAll(() => hub[Symbol.asyncDispose]())

const meant = 'none of the 2 events has data.mesage; did you mean data.message?'

test.each([
  ['read', 'shop/'],
  ['read', 'shop/', '--reverse'],
  ['read', 'shop/', '--event-time', '--from', '-1h'],
  ['values', 'data.fields.status', 'shop/'],
  ['histogram', 'shop/'],
  ['stats', 'shop/'],
  ['explain', 'shop/', '--from', 'start'],
])('%s names the field that was probably meant', async (...command) => {
  const { code, stderr } = await hub.tocsin([...command, '--where', "data.mesage = 'x'"])
  expect({ code, stderr }).toEqual({ code: 0, stderr: `tocsin: ${meant}\n` })
})

test('values names the field that was probably meant instead of the one of which the values are asked', async () => {
  const { stderr } = await hub.tocsin(['values', 'data.status', 'shop/'])
  expect(stderr).toContain('none of the 2 events has data.status; did you mean data.fields.status?')
})

test('a comparison that cannot match is named, with a hub or without one', async () => {
  const where = ['--where', "data.fields.status >= 'high'"]
  const text = "data.fields.status >= 'high' can never match"
  expect((await hub.tocsin(['read', 'shop/', ...where])).stderr).toContain(text)
  expect((await hub.tocsin(['explain', 'shop/', ...where])).stderr).toContain(text)
})

test('nothing is said if the fields are there', async () => {
  const { code, stderr } = await hub.tocsin(['read', 'shop/', '--where', 'data.fields.status = 500'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('what is counted can be chosen by words of the text', async () => {
  for (const [words, total] of [
    ['GET', 2],
    ['POST', 0],
  ]) {
    const asked = ['values', 'data.fields.status', 'shop/', '--grep', `${words}`, '--format', 'json']
    expect(JSON.parse((await hub.tocsin(asked)).stdout)).toMatchObject({ total, exact: true })
  }
  const lower = await hub.tocsin(['histogram', 'shop/', '--grep', 'ge', '--part', '-i', '--format', 'json'])
  expect(JSON.parse(lower.stdout)).toMatchObject({ total: 2 })
})

test('the tags of events that match a condition or have a text are listed', async () => {
  const tags = async (...more: string[]) => {
    const { stdout } = await hub.tocsin(['tags', 'shop/', '--format', 'json', ...more])
    return JSON.parse(stdout).tags
  }
  expect(await tags('--where', 'data.fields.status > 300')).toMatchObject([{ text: 'shop/access', count: 1 }])
  expect(await tags('--grep', 'GET')).toMatchObject([{ text: 'shop/access', count: 2 }])
  expect(await tags('--grep', 'POST')).toEqual([])
})
