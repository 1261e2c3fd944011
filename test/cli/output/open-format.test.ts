import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { fieldsFormat, splitFields, templateFormat } from '../../../src/cli/output/fields.js'
import { needsTypes, openFormat } from '../../../src/cli/output/open-format.js'
import { yamlDocument } from '../../../src/cli/output/yaml.js'
import { decode } from '../../../src/event/msgpack/decoder.js'
import { sampleEvent, sampleView, textOf } from './sample.js'

const view = sampleView()
const event = sampleEvent({
  data: { jid: '1', retcode: 0, list: ['a', { b: 2 }], 'a.b': 'dot', text: 'two\nlines\t\x1b', none: null },
  attributes: { traceparent: '00-ab' },
})

async function show(choice: Parameters<typeof openFormat>[0]): Promise<string> {
  return textOf((await openFormat(choice, view, false)).encode(event))
}

describe('json format', () => {
  it('is one CloudEvent per line', async () => {
    const text = await show({ format: 'json' })
    expect(text.indexOf('\n')).toBe(text.length - 1)
    expect(JSON.parse(text)).toMatchObject({
      specversion: '1.0',
      id: 'k3x9f2-7',
      source: 'salt/master',
      type: 'salt.job.ret',
      subject: 'salt/job/1/ret/web1',
      time: '2026-11-20T06:31:07.123456Z',
      traceparent: '00-ab',
      data: { jid: '1', retcode: 0, text: 'two\nlines\t\x1b' },
    })
    expect(text.slice(0, -1)).not.toMatch(/\p{Cc}/u)
  })
})

describe('yaml format', () => {
  it('is one document per event, with the same content', async () => {
    const text = (await show({ format: 'yaml' })) + (await show({ format: 'yaml' }))
    const documents = parseAllDocuments(text).map((document) =>
      'toJS' in document ? document.toJS() : undefined,
    )
    expect(documents).toHaveLength(2)
    expect(documents[1]).toEqual(JSON.parse(await show({ format: 'json' })))
  })

  it('reads back as the same value, and has no control characters except line feeds', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = yamlDocument({ value })
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]/u)
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify({ value }))
      }),
    )
  })
})

describe('raw and frame format', () => {
  it('return the bytes unchanged', async () => {
    const raw = (await openFormat({ format: 'raw' }, view, false)).encode(event) as Uint8Array
    expect(decode(raw)).toEqual(event.data)
    const frame = (await openFormat({ format: 'frame' }, view, false)).encode(event)
    expect(frame).toEqual(event.bytes)
  })

  it('are not written to a terminal', async () => {
    for (const format of ['raw', 'frame'])
      await expect(openFormat({ format }, view, true)).rejects.toMatchObject({ code: 'TCN_USAGE' })
  })
})

it('severity and host are shown by the rule of the type, as filters see them', async () => {
  const shown = { ...view, typeOf: () => 'salt.job.ret' }
  const failed = sampleEvent({ data: { id: 'web1', retcode: 2 } })
  const fields = await openFormat({ fields: 'severity,host' }, shown, false)
  expect(textOf(fields.encode(failed))).toBe('err\tweb1\n')
  const template = await openFormat({ template: '{{.host}}: {{.severity}}' }, { ...view }, false)
  expect(textOf(template.encode(failed))).toBe('web1: err\n')
})

describe('--fields', () => {
  const fields = (list: string) => textOf(fieldsFormat(list, view).encode(event))

  it('are separated by tabs, and a missing one is empty', () => {
    expect(fields('time,tag,data.jid,data.nothing,data.retcode')).toBe(
      '2026-11-20T06:31:07.123456Z\tsalt/job/1/ret/web1\t1\t\t0\n',
    )
  })

  it('can name everything that an event has', () => {
    expect(fields('seq,cursor,source,type,kind,traceparent,subject')).toBe(
      '7\tk3x9f2-7\tsalt/master\tsalt.job.ret\t0\t00-ab\tsalt/job/1/ret/web1\n',
    )
    expect(Number(fields('size'))).toBe(event.bytes.length)
  })

  it('find elements of lists, keys with dots and whole values', () => {
    expect(fields('data.list.0,data.list.1.b,data.a\\.b,data.list,data.none,data.list.9')).toBe(
      'a\t2\tdot\t["a",{"b":2}]\t\t\n',
    )
  })

  it('show control characters, so that every event is one line', () => {
    expect(fields('data.text')).toBe('two\\nlines\\t\\x1b\n')
  })

  it('never find inherited properties', () => {
    expect(fields('data.constructor,data.__proto__,data.toString')).toBe('\t\t\n')
  })

  it('are split at commas that are not escaped', () => {
    expect(splitFields('time, data.a\\,b,tag')).toEqual(['time', 'data.a,b', 'tag'])
  })

  it('refuse an invalid name', () => {
    expect(() => fieldsFormat('time,Data.x', view)).toThrow(
      expect.objectContaining({ code: 'TCN_FILTER_SYNTAX' }),
    )
  })
})

describe('--template', () => {
  const template = (text: string) => textOf(templateFormat(text, view).encode(event))

  it('puts fields into a line', () => {
    expect(template('{{.time}} {{.tag}} {{.data.retcode}}')).toBe(
      '2026-11-20T06:31:07.123456Z salt/job/1/ret/web1 0\n',
    )
    expect(template('no field')).toBe('no field\n')
    expect(template('')).toBe('\n')
  })

  it('supports tabs and JSON', () => {
    expect(template('{{ .tag }}\\t{{json .data.list}}\\\\')).toBe('salt/job/1/ret/web1\t["a",{"b":2}]\\\n')
    expect(template('{{json .data.text}}')).toBe('"two\\nlines\\t\\u001b"\n')
    expect(template('{{json .data.nothing}}')).toBe('null\n')
  })

  it('shows control characters of the event, not of the template', () => {
    expect(template('{{.data.text}}')).toBe('two\\nlines\\t\\x1b\n')
  })

  it('refuses invalid arguments by name', () => {
    for (const text of ['{{tag}}', '{{.tag', '{{yaml .data}}', '{{}}']) {
      expect(() => templateFormat(text, view)).toThrow(expect.objectContaining({ code: 'TCN_USAGE' }))
    }
    expect(() => templateFormat('{{.Tag}}', view)).toThrow(
      expect.objectContaining({ code: 'TCN_FILTER_SYNTAX' }),
    )
  })
})

describe('the time of an event that was forwarded or imported', () => {
  it('is its own in every format, and that of the log is a field of its own', async () => {
    const event = sampleEvent({ attributes: { time: '2026-11-19T04:00:00.5Z' } })
    for (const choice of [{ format: 'line' }, { format: 'long' }, { format: 'json' }, { fields: 'time' }]) {
      const format = await openFormat(choice, sampleView(), false)
      expect(textOf(format.encode(event))).toContain('2026-11-19T04:00:00.5')
    }
    const fields = await openFormat({ fields: 'logtime' }, sampleView(), false)
    expect(textOf(fields.encode(event))).toBe('2026-11-20T06:31:07.123456Z\n')
    const json = await openFormat({ format: 'json' }, sampleView(), false)
    expect(JSON.parse(textOf(json.encode(event)))).toMatchObject({ logtime: '2026-11-20T06:31:07.123456Z' })
  })
})

describe('needsTypes', () => {
  it('asks the hub for its types only if they are shown', () => {
    expect(needsTypes({ format: 'json' })).toBe(true)
    expect(needsTypes({ format: 'line' })).toBe(true)
    expect(needsTypes({ format: 'raw' })).toBe(false)
    expect(needsTypes({ fields: 'time,type' })).toBe(true)
    expect(needsTypes({ template: '{{.tag}}' })).toBe(false)
  })
})
