import { Validator } from '@seriousme/openapi-schema-validator'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openApiRoute } from '../../../src/faces/http/manage/openapi.js'
import { route } from '../../../src/faces/http/route.js'
import { method } from '../../../src/methods/method.js'
import { type HttpFixture, startHttpFixture } from './fixture.js'

let hub: HttpFixture | undefined
afterEach(async () => {
  await hub?.close()
  hub = undefined
})

type Steps = Generator<void, string>

/** Runs the work to its end at once. */
function last(steps: Steps): string {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

describe('the OpenAPI description', () => {
  interface Operation {
    'x-right': string
    security?: object[]
    parameters?: { name: string; schema: object }[]
    requestBody?: { required: boolean; content: object }
    responses: Record<string, { content?: object }>
  }
  interface Described {
    paths: Record<string, Record<string, Operation>>
    components: Record<string, Record<string, { required?: string[] }>>
  }
  const describedBy = async () => (await (await hub!.fetch('admin', '/v1/openapi.json')).json()) as Described

  it('is valid OpenAPI 3.1 and lists every route with its right', async () => {
    hub = await startHttpFixture()
    const document = await describedBy()
    const result = await new Validator().validate({ ...document })
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
    const described = Object.entries(document.paths).flatMap(([path, each]) =>
      Object.entries(each).map(([method, operation]) => `${method} ${path} ${operation['x-right']}`),
    )
    expect(described).toContain('post /v1/events publish')
    expect(described).toContain('post /v1/events.read see')
    expect(described).toContain('get /v1/ws any')
  })

  it('defines every reference', async () => {
    hub = await startHttpFixture()
    const document = await describedBy()
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)]
    expect(references.length).toBeGreaterThan(5)
    for (const [, kind, name] of references) expect(document.components[kind]).toHaveProperty(name)
  })

  it('says of every answer and body what it can be', async () => {
    hub = await startHttpFixture()
    const { paths, components } = await describedBy()
    const content = (path: string, method: string, status = '200') =>
      Object.keys(paths[path][method].responses[status].content ?? {})
    expect(content('/v1/stream', 'get')).toEqual(['text/event-stream'])
    expect(content('/metrics', 'get')).toEqual(['text/plain', 'application/openmetrics-text'])
    for (const [path, method] of [
      ['/v1/events', 'post'],
      ['/v1/events.read', 'post'],
    ])
      expect(content(path, method)).toEqual(['application/json', 'application/x-ndjson'])
    expect(content('/v1/events', 'get')).toContain('application/cloudevents-batch+json')
    expect(content('/v1/events/{cursor}', 'get')).toContain('application/cloudevents+json')
    expect(content('/v1/events/{cursor}', 'get', '404')).toEqual(['application/problem+json'])
    expect(paths['/v1/events'].post.requestBody).toMatchObject({ required: true, content: { '*/*': {} } })
    for (const name of ['CloudEvent', 'Event'])
      expect(components.schemas[name].required, name).not.toContain('data')
  })

  it('says that an answer without a body, and a redirection, have no content', async () => {
    const answers = { 204: { description: 'It is over.' }, 303: { description: 'To a page.' } }
    const about = { method: 'DELETE', path: '/v1/a', summary: 'Ends it.', right: 'any' } as const
    const routes = [route({ ...about, answers, handle: () => undefined })]
    const context = {
      hub: { name: 'test', version: '0.0.0' },
      longWork: { run: (_: string, steps: Steps) => last(steps) },
    }
    const described = openApiRoute(context as never, () => routes, [])
    const isSet = () => reply
    const reply = { headers: isSet, header: isSet, getHeader: () => undefined, send: (text: string) => text }
    const call = { reply, request: { headers: {} } }
    const document = JSON.parse((await described.handle(call as never)) as string) as Described
    expect(document.paths['/v1/a'].delete.responses).toMatchObject(answers)
    for (const status of [204, 303])
      expect(document.paths['/v1/a'].delete.responses[status]).not.toHaveProperty('content')
  })

  it('says which parameters and credentials streams take, and the bounds of numbers', async () => {
    hub = await startHttpFixture()
    const { paths } = await describedBy()
    const names = ['filter', 'where', 'from', 'to', 'tz', 'lag', 'subscribe', 'ack']
    expect(paths['/v1/ws'].get.parameters?.map(({ name }) => name)).toEqual(names)
    for (const path of ['/v1/ws', '/v1/stream'])
      expect(paths[path].get.security).toEqual([{ bearer: [] }, { basic: [] }, { ticket: [] }])
    const buckets = paths['/v1/histogram'].get.parameters?.find(({ name }) => name === 'buckets')
    expect(buckets?.schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 1000 })
  })

  it('has no keyword that JSON Schema does not know', async () => {
    hub = await startHttpFixture({
      methods: () => [
        method({
          name: 'test.wait',
          summary: 'Takes a value as the configuration has them.',
          right: 'admin',
          params: z.strictObject({ wait: z.string().meta({ kind: 'duration' }) }),
          result: z.unknown(),
          run: async () => undefined,
        }),
      ],
    })
    expect(JSON.stringify(await describedBy())).not.toMatch(/"kind":"/)
  })

  it('says of every answer with counts what it means that they are not exact', async () => {
    hub = await startHttpFixture()
    const { components } = (await describedBy()) as unknown as {
      components: { schemas: Record<string, { properties: { exact: { description: string } } }> }
    }
    for (const name of ['Histogram', 'Facets', 'Tags'])
      expect(components.schemas[name].properties.exact.description).toMatch(/counts are lower bounds/)
  })
})
