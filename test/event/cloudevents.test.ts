import { HTTP, CloudEvent as SdkEvent } from 'cloudevents'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TocsinError } from '../../src/errors/tocsin-error.js'
import { encodeAttributes } from '../../src/event/attributes.js'
import { fromCloudEvent, toCloudEvent, toExportedCloudEvent } from '../../src/event/cloudevents.js'
import { Event } from '../../src/event/event.js'
import { encodeFrame, type FrameParts } from '../../src/event/frame.js'
import { decode } from '../../src/event/msgpack/decoder.js'
import { encode } from '../../src/event/msgpack/encoder.js'
import { hex } from './bytes.js'
import { plainValue } from './msgpack/arbitrary.js'

const view = {
  epoch: 'k3j9',
  typeOf: (tag: string) => (tag.startsWith('salt/job/') ? 'salt.job.ret' : 'tocsin.event'),
}

function event(parts: Partial<FrameParts> = {}): Event {
  return new Event(
    encodeFrame({
      tag: 'salt/job/1/ret/web1',
      source: 'salt/master',
      body: encode({ retcode: 0 }),
      seq: 42,
      time: Date.UTC(2026, 10, 20, 6) * 1000 + 5,
      ...parts,
    }),
  )
}

const minimal = { specversion: '1.0', id: '1', source: '/s', type: 'com.example.thing' }

function codeAndAttribute(input: unknown): [string, unknown] {
  try {
    fromCloudEvent(input, view)
  } catch (error) {
    return [(error as TocsinError).code, (error as TocsinError).details.attribute]
  }
  return ['taken', undefined]
}

describe('event as CloudEvent', () => {
  it('has cursor, source, tag, type, time and data', () => {
    expect(toCloudEvent(event(), view)).toEqual({
      specversion: '1.0',
      id: 'k3j9-42',
      source: 'salt/master',
      type: 'salt.job.ret',
      subject: 'salt/job/1/ret/web1',
      time: '2026-11-20T06:00:00.000005Z',
      datacontenttype: 'application/json',
      data: { retcode: 0 },
    })
  })

  it('has the severity that its type tells, unless it carries one', () => {
    const told = { ...view, severityOf: () => 'err' as const }
    expect(toCloudEvent(event(), told).severity).toBe('err')
    const attributes = encodeAttributes({ severity: 'WARN' })
    expect(toCloudEvent(event({ attributes }), told).severity).toBe('WARN')
    expect(toCloudEvent(event(), { ...view, severityOf: () => undefined })).toEqual(
      toCloudEvent(event(), view),
    )
  })

  it('represents bytes as base64', () => {
    const shown = toCloudEvent(event({ body: encode(hex('00ff')) }), view)
    expect(shown.data_base64).toBe('AP8=')
    expect(shown.datacontenttype).toBe('application/octet-stream')
    expect('data' in shown).toBe(false)
  })

  it('gives precedence to the attributes of another producer, and adds the cursor', () => {
    const attributes = encodeAttributes({
      id: 'theirs',
      time: '2020-01-01T00:00:00Z',
      type: 'com.example.thing',
      datacontenttype: 'application/vnd.example+json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      retries: 3,
    })
    expect(toCloudEvent(event({ attributes }), view)).toMatchObject({
      id: 'theirs',
      cursor: 'k3j9-42',
      time: '2020-01-01T00:00:00Z',
      type: 'com.example.thing',
      subject: 'salt/job/1/ret/web1',
      datacontenttype: 'application/vnd.example+json',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      retries: 3,
    })
  })

  it('never lets attributes change source or subject, or make the event invalid', () => {
    const hostile = encode({
      source: 'salt/master',
      subject: 'hub/x',
      specversion: '9',
      cursor: 'x-1',
      data: 'x',
      kind: 7,
      redelivered: true,
      data_base64: 'x',
      Upper: 1,
      __proto__: 1,
      id: '',
      type: 5,
      time: 'yesterday',
      datacontenttype: 'nonsense',
      big: 2 ** 40,
      control: 'a\u0000',
    })
    const shown = toCloudEvent(event({ attributes: hostile, source: 'host/web1' }), view)
    expect(shown).toEqual({ ...toCloudEvent(event({ source: 'host/web1' }), view), big: '1099511627776' })
  })

  it('has the kind and the redelivery flag if there are any', () => {
    expect(toCloudEvent(event({ kind: 2 ** 31, flags: 1 }), view)).toMatchObject({
      kind: 2 ** 31,
      redelivered: true,
    })
  })

  it('gives an event that is not in the log a separate id', () => {
    const first = toCloudEvent(event({ seq: 0, flags: 2, time: 1_000_000 }), view)
    const second = toCloudEvent(event({ seq: 0, flags: 2, time: 1_000_001 }), view)
    expect(first.id).not.toBe(second.id)
  })

  it('is valid for the CloudEvents SDK', () => {
    const samples = [
      event(),
      event({ body: encode(hex('00ff')) }),
      event({ source: 'host/höst ü/journal' }),
      event({ source: '' }),
      event({ source: 'sctp/a%2Fb/[::1]' }),
      event({ kind: 5, attributes: encodeAttributes({ id: 'x', ok: true, n: -1 }) }),
    ]
    for (const sample of samples) {
      for (const shown of [toCloudEvent(sample, view), toExportedCloudEvent(sample, view)]) {
        const received = HTTP.toEvent({
          headers: { 'content-type': 'application/cloudevents+json' },
          body: JSON.stringify(shown),
        }) as SdkEvent
        expect(received.validate()).toBe(true)
        expect(received.id).toBe(shown.id)
        expect(received.subject).toBe(sample.tag)
      }
    }
  })
})

describe('CloudEvent as event', () => {
  it('has tag, source and data, and everything else as attributes', () => {
    const parts = fromCloudEvent(
      {
        ...minimal,
        subject: 'a/b',
        time: '2020-01-01T00:00:00Z',
        dataschema: 'http://x/y',
        ext1: true,
        n: 3,
        data: { a: [1] },
      },
      view,
    )
    expect(decode(parts.body)).toEqual({ a: [1] })
    expect({ ...parts, body: undefined }).toEqual({
      tag: 'a/b',
      source: '/s',
      kind: 0,
      body: undefined,
      attributes: {
        id: '1',
        type: 'com.example.thing',
        time: '2020-01-01T00:00:00Z',
        dataschema: 'http://x/y',
        ext1: true,
        n: 3,
      },
    })
  })

  it('uses the type as the tag if there is no subject', () => {
    expect(fromCloudEvent(minimal, view).tag).toBe('com/example/thing')
  })

  it('drops a type that the registry implies', () => {
    const parts = fromCloudEvent({ ...minimal, subject: 'salt/job/1', type: 'salt.job.ret' }, view)
    expect(parts.attributes).toEqual({ id: '1' })
  })

  it('treats null attributes as missing', () => {
    expect(
      fromCloudEvent({ ...minimal, subject: null, time: null, x: null, data: null }, view).attributes,
    ).toEqual({
      id: '1',
      type: 'com.example.thing',
    })
  })

  it.each<[string, object, unknown, string | undefined]>([
    ['JSON', { data: { a: 1 } }, { a: 1 }, undefined],
    ['nothing', {}, null, undefined],
    ['text said to be JSON', { datacontenttype: 'application/json', data: 'x' }, 'x', undefined],
    [
      'another kind of JSON',
      { datacontenttype: 'application/x+json; charset=utf-8', data: 1 },
      1,
      'application/x+json; charset=utf-8',
    ],
    ['text that is no JSON', { datacontenttype: 'text/xml', data: '<é/>' }, '<é/>', 'text/xml'],
    ['text that is missing', { datacontenttype: 'text/xml' }, null, 'text/xml'],
    ['bytes', { data_base64: 'AP8=' }, hex('00ff'), undefined],
    ['bytes with a type', { datacontenttype: 'image/png', data_base64: 'AP8=' }, hex('00ff'), 'image/png'],
    [
      'bytes said to be bytes',
      { datacontenttype: 'application/octet-stream', data_base64: 'AP8=' },
      hex('00ff'),
      undefined,
    ],
    [
      'JSON as bytes',
      { datacontenttype: 'application/json', data_base64: 'eyJhIjoxfQ==' },
      { a: 1 },
      undefined,
    ],
  ])('accepts data that is %s', (_, members, data, contentType) => {
    const parts = fromCloudEvent({ ...minimal, ...members }, view)
    expect(decode(parts.body)).toEqual(data)
    expect(parts.attributes.datacontenttype).toBe(contentType)
  })

  it.each<[unknown, string]>([
    ['text', ''],
    [null, ''],
    [[], ''],
    [{ ...minimal, specversion: undefined }, 'specversion'],
    [{ ...minimal, specversion: '0.3' }, 'specversion'],
    [{ ...minimal, id: undefined }, 'id'],
    [{ ...minimal, id: '' }, 'id'],
    [{ ...minimal, id: 5 }, 'id'],
    [{ ...minimal, id: 'a\nb' }, 'id'],
    [{ ...minimal, id: '\ud800' }, 'id'],
    [{ ...minimal, source: null }, 'source'],
    [{ ...minimal, source: '' }, 'source'],
    [{ ...minimal, source: 's'.repeat(256) }, 'source'],
    [{ ...minimal, type: undefined }, 'type'],
    [{ ...minimal, type: '' }, 'type'],
    [{ ...minimal, type: 't'.repeat(65_001) }, 'type'],
    [{ ...minimal, subject: '' }, 'subject'],
    [{ ...minimal, subject: 'a\ud800' }, 'subject'],
    [{ ...minimal, subject: 'a'.repeat(65_001) }, 'subject'],
    [{ ...minimal, time: 'yesterday' }, 'time'],
    [{ ...minimal, time: 5 }, 'time'],
    [{ ...minimal, datacontenttype: 'nonsense' }, 'datacontenttype'],
    [{ ...minimal, kind: -1 }, 'kind'],
    [{ ...minimal, kind: 2 ** 32 }, 'kind'],
    [{ ...minimal, ext: 1.5 }, 'ext'],
    [{ ...minimal, ext: 2 ** 31 }, 'ext'],
    [{ ...minimal, ext: {} }, 'ext'],
    [{ ...minimal, Ext: 'x' }, 'Ext'],
    [{ ...minimal, with_line: 'x' }, 'with_line'],
    [JSON.parse('{"specversion":"1.0","id":"1","source":"s","type":"t","__proto__":{"a":1}}'), '__proto__'],
    [{ ...minimal, data_base64: 'no base64' }, 'data_base64'],
    [{ ...minimal, data_base64: 5 }, 'data_base64'],
    [{ ...minimal, data: 1, data_base64: 'AP8=' }, 'data_base64'],
    [{ ...minimal, datacontenttype: 'application/json', data_base64: 'AP8=' }, 'data_base64'],
    [{ ...minimal, datacontenttype: 'application/vnd.msgpack', data_base64: 'gaFh' }, 'data_base64'],
    [{ ...minimal, datacontenttype: 'text/plain', data: { a: 1 } }, 'data'],
  ])('refuses %j and names %s', (input, attribute) => {
    expect(codeAndAttribute(input)).toEqual(['TCN_CLOUDEVENT_INVALID', attribute])
  })

  it('refuses attributes over 8 KiB and data nested too deeply with separate codes', () => {
    expect(codeAndAttribute({ ...minimal, ext: 'x'.repeat(9000) })[0]).toBe('TCN_ATTRIBUTES_TOO_LARGE')
    const deep = JSON.parse('['.repeat(600) + ']'.repeat(600))
    expect(codeAndAttribute({ ...minimal, data: deep })[0]).toBe('TCN_BODY_DEPTH')
  })

  it('leaves it to the hub which tags it takes', () => {
    for (const subject of ['a\tb', 'a\u001b[2J', 'x'.repeat(65_000)])
      expect(fromCloudEvent({ ...minimal, subject }, view).tag).toBe(subject)
  })

  it('accepts the events of the CloudEvents SDK', () => {
    const sent = new SdkEvent({
      source: '/sensors/1',
      type: 'com.example.temp',
      subject: 'room/1',
      data: { degrees: 20.5 },
      myext: 'x',
    })
    const parts = fromCloudEvent(JSON.parse(HTTP.structured(sent).body as string), view)
    expect([parts.tag, parts.source, decode(parts.body)]).toEqual(['room/1', '/sensors/1', { degrees: 20.5 }])
    expect(parts.attributes).toEqual({ id: sent.id, type: 'com.example.temp', time: sent.time, myext: 'x' })
  })

  it.each([
    ['bytes', { datacontenttype: 'text/xml', data_base64: 'AP8=' }],
    ['text', { datacontenttype: 'text/plain; charset=utf-8', data: 'disk full' }],
    ['no data', { datacontenttype: 'text/plain', data: null }],
  ])('returns %s unchanged', (_, content) => {
    const sent = { ...minimal, subject: 'a/b', time: '2020-01-01T00:00:00.5+01:00', ext: 1, ...content }
    const { body, tag, source, attributes } = fromCloudEvent(sent, view)
    const back = toCloudEvent(event({ body, tag, source, attributes: encodeAttributes(attributes) }), view)
    expect(back).toEqual({ ...sent, cursor: 'k3j9-42', logtime: '2026-11-20T06:00:00.000005Z' })
  })
})

describe('export and import', () => {
  const across = (original: Event) => {
    const exported = JSON.parse(JSON.stringify(toExportedCloudEvent(original, view)))
    return fromCloudEvent(exported, view)
  }

  it('restore the same bytes', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        const body = encode(value)
        expect(across(event({ body })).body).toEqual(body)
      }),
    )
    const unusual = hex('82 d90161 d4074e 01 a1ff')
    expect(across(event({ body: unusual })).body).toEqual(unusual)
  })

  it('keep the old cursor as id, the old time, kind and source', () => {
    const original = event({ kind: 9, source: 'host/höst %25/[1]' })
    expect(across(original)).toEqual({
      tag: 'salt/job/1/ret/web1',
      source: 'host/höst %25/[1]',
      kind: 9,
      attributes: { id: 'k3j9-42', time: '2026-11-20T06:00:00.000005Z' },
      body: original.body,
    })
  })

  it('keep the attributes of another producer, including its media type', () => {
    const attributes = { id: 'theirs', type: 'com.example', datacontenttype: 'text/xml' }
    const parts = across(event({ attributes: encodeAttributes(attributes) }))
    expect(parts.attributes).toEqual({ ...attributes, time: '2026-11-20T06:00:00.000005Z' })
  })

  it('restore every source that a frame can carry', () => {
    fc.assert(
      fc.property(
        fc
          .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
          .map((name) => name.replaceAll('%', '%25').replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')),
        (source) => {
          expect(across(event({ source })).source).toBe(source)
        },
      ),
    )
  })
})
