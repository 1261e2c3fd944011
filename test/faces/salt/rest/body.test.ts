import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, it } from 'vitest'
import { Encoded } from '../../../../src/event/msgpack/values.js'
import { type BodyContext, type BodyOptions, readData } from '../../../../src/faces/salt/rest/body.js'
import { formFields } from '../../../../src/faces/salt/rest/form.js'
import { MAX_YAML_BYTES } from '../../../../src/faces/salt/rest/yaml-body.js'
import { LongWork } from '../../../../src/incremental/long-work.js'
import { FakeRuntime } from '../../../helpers/fake-runtime.js'

const LIMIT = 2 ** 24

/** Counts the steps of all work. */
class CountedWork extends LongWork {
  steps = 0

  override run<Result>(principal: string, steps: Iterator<unknown, Result>): Promise<Result> {
    const next = () => {
      this.steps++
      return steps.next()
    }
    return super.run(principal, { next })
  }
}

async function read(body: string, type: string, options: Partial<BodyOptions> = {}) {
  const runtime = new FakeRuntime()
  const longWork = new CountedWork(runtime)
  const budgets = { countHalfReceived: () => true }
  const context = { runtime, longWork, budgets, limits: { requestTimeout: 1000 } } as unknown as BodyContext
  const headers = { 'content-type': type }
  const request = { raw: Object.assign(Readable.from([Buffer.from(body)]), { headers }) }
  const reply = { raw: new EventEmitter() }
  const result = readData(context, request as unknown as FastifyRequest, reply as unknown as FastifyReply, {
    limit: LIMIT,
    ...options,
  }).catch((error: unknown) => ({ error }))
  let isDone = false
  void result.finally(() => {
    isDone = true
  })
  while (!isDone) await runtime.settle()
  return { ...(await result), steps: longWork.steps } as {
    data?: unknown
    error?: { code: string }
    steps: number
  }
}

describe('a body of a request', () => {
  it('is decoded at once when it is short', async () => {
    expect(await read('{"a": [1]}', 'application/json')).toMatchObject({ data: { a: [1] }, steps: 0 })
    expect(await read('a=1', '')).toMatchObject({ data: { a: '1' }, steps: 0 })
  })

  it.each([
    ['JSON', 'application/json', `[${'[],'.repeat(300_000)}1]`],
    ['JSON as text', 'text/plain', `[${'[],'.repeat(300_000)}1]`],
    ['text that is no JSON', 'text/plain', `[${'[],'.repeat(300_000)}`],
    ['a form', 'application/x-www-form-urlencoded', `a=${'b=&c='.repeat(10)}&`.repeat(10_000)],
  ])('is decoded in steps when it is long: %s', async (_what, type, body) => {
    const { steps } = await read(body, type)
    expect(steps).toBeGreaterThan(body.length / (64 * 1024))
  })

  it('becomes no objects when it is long JSON, unless they are needed, and then only so many', async () => {
    const body = `[${'"x",'.repeat(20_000)}"y"]`
    expect((await read(body, 'application/json')).data).toBeInstanceOf(Encoded)
    expect((await read(body, 'application/json', { asObjects: true })).data).toHaveLength(20_001)
    const { error } = await read(`[${'[],'.repeat(100_000)}1]`, 'application/json', { asObjects: true })
    expect(error?.code).toBe('TCN_HTTP_TOO_LARGE')
  })

  it('is refused with a media type that is only the name of a property of objects', async () => {
    expect((await read('{}', 'constructor')).error?.code).toBe('TCN_HTTP_MEDIA_TYPE')
  })

  it('may be a form of many fields, but not of any number', async () => {
    expect((await read('a&'.repeat(40_000), '')).error?.code).toBe('TCN_HTTP_TOO_LARGE')
    const fields = [...Array(20_000).keys()].map((n) => `f${n % 10_000}=${n}`).join('&')
    const { data } = (await read(fields, '')) as { data: Record<string, string[]> }
    expect(Object.keys(data)).toHaveLength(10_000)
    expect(data.f9999).toEqual(['9999', '19999'])
  })
})

describe('a form in steps', () => {
  function read(text: string) {
    const fields = formFields(Buffer.from(text))
    let steps = 1
    let step = fields.next()
    for (; !step.done; step = fields.next()) steps++
    return { fields: { ...step.value }, steps }
  }

  it('cuts a long field too', () => {
    const { fields, steps } = read(`a=${'ä%26+%c3%a4'.repeat(20_000)}&b=1`)
    expect(fields).toEqual({ a: 'ä& ä'.repeat(20_000), b: '1' })
    expect(steps).toBeGreaterThan(12)
  })

  it.each([
    ['that may end within an escape', ['a', 'b', '=', '&', '+', '%', '%4', '%41', '%c3', '%A4', '%00']],
    ['with characters beyond ASCII', ['a', '=', '&', '+', '%41', '%c3%a4', 'ä', '\u{1f514}']],
  ])('has the fields that URLSearchParams finds: %s', (_, parts) => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...parts), maxLength: 60 }), (text) => {
        const { fields } = read(text)
        const params = new URLSearchParams(text)
        expect(Object.keys(fields).sort()).toEqual([...new Set(params.keys())].sort())
        for (const [name, value] of Object.entries(fields))
          expect([value].flat()).toEqual(params.getAll(name))
      }),
    )
  })
})

describe('YAML', () => {
  it('is refused with a list, a map or an alias as a key, at any depth', async () => {
    const refused = [
      '? '.repeat(2000),
      '{'.repeat(300) + '}'.repeat(300),
      '? ['.repeat(500),
      '? [1]\n: 2',
      '&a x: 1\n? *a\n: 2',
    ]
    for (const body of refused)
      expect((await read(body, 'text/yaml', { principal: 'ann' })).error?.code, body.slice(0, 20)).toBe(
        'TCN_HTTP_BODY',
      )
    const { data } = await read('a: {b: [1, null, {c: d}]}\n? e\n: f\n~: g\n', 'text/yaml')
    expect(data).toEqual({ a: { b: [1, null, { c: 'd' }] }, e: 'f', '': 'g' })
  })

  it('is short, and of strangers shorter', async () => {
    const codeOf = async (length: number, principal?: string) => {
      const { error } = await read(`a: ${'x'.repeat(length - 3)}`, 'application/x-yaml', { principal })
      return error?.code
    }
    expect(await codeOf(1024)).toBe(undefined)
    expect(await codeOf(1025)).toBe('TCN_HTTP_TOO_LARGE')
    expect(await codeOf(MAX_YAML_BYTES, 'ann')).toBe(undefined)
    expect(await codeOf(MAX_YAML_BYTES + 1, 'ann')).toBe('TCN_HTTP_TOO_LARGE')
  })
})
