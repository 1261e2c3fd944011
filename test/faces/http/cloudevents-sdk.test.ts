import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents'
import { afterEach, describe, expect, it } from 'vitest'
import { type HttpFixture, startHttpFixture } from './fixture.js'

let hub: HttpFixture
afterEach(() => hub.close())

interface Received {
  events: Record<string, unknown>[]
}

describe('the CloudEvents SDK over HTTP', () => {
  const event = new CloudEvent({
    id: '17',
    source: 'lab/oven',
    type: 'lab.oven.hot',
    subject: 'lab/oven/1',
    time: '2026-11-20T06:00:00.000Z',
    shelf: 'upper',
    data: { degrees: 250, text: 'grüß' },
  })

  const read = async (): Promise<CloudEvent<unknown>[]> => {
    const { events } = (await (await hub.fetch('open', '/v1/events')).json()) as Received
    return events.map((each) => {
      const body = JSON.stringify(each)
      return HTTP.toEvent({
        headers: { 'content-type': 'application/cloudevents+json' },
        body,
      }) as CloudEvent<unknown>
    })
  }

  it.each([Mode.BINARY, Mode.STRUCTURED])(
    'publishes in %s mode and reads back what it published',
    async (mode) => {
      hub = await startHttpFixture({ grants: { open: { publish: '*', see: '*', source: '' } } })
      const emit = emitterFor(httpTransport(`${hub.url}/v1/events`), { mode })
      await emit(event, { headers: { authorization: 'Bearer open' } })
      const [received] = await read()
      expect(received.validate()).toBe(true)
      const { id, source, type, subject, time, data } = event
      expect(received).toMatchObject({ id, source, type, subject, time, data, shelf: 'upper' })
    },
  )

  it.each([Mode.BINARY, Mode.STRUCTURED])(
    'gets back in %s mode the text that it sent as text',
    async (mode) => {
      hub = await startHttpFixture({ grants: { open: { publish: '*', see: '*', source: '' } } })
      const emit = emitterFor(httpTransport(`${hub.url}/v1/events`), { mode })
      const sent = event.cloneWith({ datacontenttype: 'text/plain', data: 'disk full' })
      await emit(sent, { headers: { authorization: 'Bearer open' } })
      const [received] = await read()
      expect(received).toMatchObject({ datacontenttype: 'text/plain', data: 'disk full' })
      const where = encodeURIComponent("data LIKE '%full'")
      const { events } = (await (await hub.fetch('open', `/v1/events?where=${where}`)).json()) as Received
      expect(events).toHaveLength(1)
    },
  )
})
