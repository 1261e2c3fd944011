import { Validator } from '@seriousme/openapi-schema-validator'
import { afterEach, describe, expect, it } from 'vitest'
import { type HttpFixture, startHttpFixture } from './fixture.js'

let hub: HttpFixture
afterEach(() => hub.close())

describe('the OpenAPI description', () => {
  interface Described {
    paths: Record<string, Record<string, { 'x-right': string }>>
    components: Record<string, object>
  }
  const describedBy = async () => (await (await hub.fetch('admin', '/v1/openapi.json')).json()) as Described

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
})
