import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { finished } from '../../../../src/incremental/steps.js'
import {
  errorText,
  isOrdered,
  MAX_RELAY_LENGTH,
  readMessage,
  relayed,
  replySteps,
  replyText,
} from '../../../../src/protocols/sysadm/codec/envelope.js'
import {
  qtIndentedJson,
  qtIndentedJsonSteps,
  qtJson,
  qtJsonSteps,
} from '../../../../src/protocols/sysadm/codec/json.js'

const request = (given: object) => readMessage(JSON.stringify(given)).request

describe('a request', () => {
  it('is read with its four parts', () => {
    expect(request({ namespace: 'events', name: 'subscribe', id: 's1', args: ['dispatcher'] })).toEqual({
      namespace: 'events',
      name: 'subscribe',
      id: 's1',
      args: ['dispatcher'],
    })
  })

  it.each([11, null, true, ['a'], { a: 1 }])('has an empty id if that is %j', (id) => {
    expect(request({ namespace: 'events', name: 'subscribe', id, args: [] })?.id).toBe('')
  })

  it('without args has the whole object as args', () => {
    const whole = { namespace: 'rpc', name: 'query', id: '1' }
    expect(request(whole)?.args).toEqual(whole)
  })

  it.each([
    [{ name: 'subscribe', id: '1' }],
    [{ namespace: 'events', id: '1' }],
    [{ namespace: 1, name: 'a' }],
    [{ namespace: 'a', name: {} }],
  ])('%j is none', (given) => {
    expect(request(given)).toBeUndefined()
  })

  it.each(['{', '{"a":', '{]', '{"namespace":"rpc","name":"query"}}'])('%j is none', (text) => {
    expect(readMessage(text)).toEqual({ relay: undefined, request: undefined })
  })

  it('that has no namespace keeps its id, for the error', () => {
    expect(readMessage('{"name":"subscribe","id":"s1"}').id).toBe('s1')
    expect(readMessage('{"namespace":"rpc","id":"s1"}').id).toBeUndefined()
    expect(readMessage('relay-7\n{"name":"a","id":"s1"}')).toMatchObject({ relay: 'relay-7', id: 's1' })
    expect(readMessage('')).toEqual({ relay: undefined, request: undefined })
  })

  it('does not take its parts from the prototype', () => {
    expect(readMessage('{"__proto__":{"namespace":"rpc","name":"query"}}').request).toBeUndefined()
  })

  it('is read from a very deep message without a fault', () => {
    const deep = `{"namespace":"rpc","name":"query","args":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(readMessage(deep).request?.name).toBe('query')
    expect(readMessage(`{"args":${'['.repeat(100_000)}`).request).toBeUndefined()
  })
})

describe('the form of a relay', () => {
  it('is an id, a line break and the message', () => {
    const { relay, request } = readMessage('relay-7\n{"namespace":"rpc","name":"identify","id":"1"}')
    expect([relay, request?.name]).toEqual(['relay-7', 'identify'])
    expect(relayed('relay-7', '{}')).toBe('relay-7\n{}')
    expect(relayed(undefined, '{}')).toBe('{}')
  })

  it.each([
    ['hello', 'hello'],
    [' {"namespace":"rpc","name":"query"}', ' {"namespace":"rpc","name":"query"}'],
    ['["a"]', '["a"]'],
    ['\n', ''],
  ])('%j is one of the relay %j without a request', (text, relay) => {
    expect(readMessage(text)).toEqual({ relay, request: undefined })
  })

  it('has an id of limited length', () => {
    expect(readMessage('x'.repeat(MAX_RELAY_LENGTH)).relay).toHaveLength(MAX_RELAY_LENGTH)
    expect(readMessage('['.repeat(MAX_RELAY_LENGTH + 1))).toEqual({ relay: undefined, request: undefined })
  })
})

describe('an answer', () => {
  it('has its keys in order', () => {
    const asked = { namespace: 'events', name: 'subscribe', id: 's1' }
    expect(replyText(asked, { subscribe: 'dispatcher' })).toBe(
      '{"args":{"subscribe":"dispatcher"},"id":"s1","name":"response","namespace":"events"}',
    )
  })

  it('to a request without id has the name of the request', () => {
    const asked = { namespace: 'events', name: 'subscribe', id: '' }
    expect(replyText(asked, { subscribe: 'dispatcher' })).toBe(
      '{"args":{"subscribe":"dispatcher"},"id":"","name":"subscribe","namespace":"events"}',
    )
  })

  it.each([
    [400, 'Bad Request'],
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
    [404, 'Not Found'],
  ] as const)('with the error %i says %s', (code, message) => {
    expect(errorText('3', code)).toBe(
      `{"args":{"code":"${code}","message":"${message}"},"id":"3","name":"error","namespace":"error"}`,
    )
  })
})

describe('the order of requests', () => {
  it.each([
    ['rpc', 'auth', true],
    ['RPC', 'auth_ssl', true],
    ['rpc', 'authorised', true],
    ['rpc', 'Identify', true],
    ['rpc', 'query', false],
    ['rpc', 'Auth', false],
    ['events', 'subscribe', false],
  ])('%s/%s: waits for %s', (namespace, name, expected) => {
    expect(isOrdered({ namespace, name, id: '', args: '' })).toBe(expected)
  })
})

describe('JSON', () => {
  it('has the keys of all objects in order, also those that are numbers', () => {
    expect(qtJson({ b: 1, a: { z: [{ 10: 1, 9: 2 }], y: null } })).toBe(
      '{"a":{"y":null,"z":[{"10":1,"9":2}]},"b":1}',
    )
  })

  it('for people is indented by four', () => {
    expect(qtIndentedJson({ b: [1, {}], a: { 10: [], 9: 'x' } })).toBe(
      '{\n    "a": {\n        "10": [\n        ],\n        "9": "x"\n    },\n    "b": [\n        1,\n        {\n        }\n    ]\n}\n',
    )
  })

  it('is the same when it is written in steps', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, levels) => {
        expect(finished(qtJsonSteps(value, levels))).toBe(qtJson(value))
        expect(finished(qtIndentedJsonSteps(value, levels))).toBe(qtIndentedJson(value))
      }),
    )
  })

  it('of an answer has a step for each entry of each log', () => {
    const log = Object.fromEntries(Array.from({ length: 1000 }, (_, nth) => [`entry ${nth}`, 'text']))
    const request = { namespace: 'rpc', name: 'logs', id: '1' }
    expect([...replySteps(request, { hostinfo: log, dispatcher: log })].length).toBeGreaterThan(2000)
  })

  it('means the same as that of JSON.stringify', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(qtJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
        expect(JSON.parse(qtIndentedJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('any text', () => {
  it('is read without a fault, and its answer can be read again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        const { relay, request } = readMessage(text)
        const answer = relayed(relay, request === undefined ? errorText('', 400) : replyText(request, {}))
        const body = relay === undefined ? answer : answer.slice(relay.length + 1)
        expect(JSON.parse(body)).toHaveProperty('namespace')
      }),
    )
  })

  it('survives as id, namespace and args of a request', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 })
    fc.assert(
      fc.property(text, text, text, fc.jsonValue(), (namespace, name, id, args) => {
        expect(request({ namespace, name, id, args })).toEqual(
          JSON.parse(JSON.stringify({ namespace, name, id, args })),
        )
      }),
    )
  })
})
