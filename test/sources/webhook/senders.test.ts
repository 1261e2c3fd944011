import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { githubSignature, standardSignature } from '../../../src/protocols/webhook/signature.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { webhookSource, webhookSourcesConfig } from '../../../src/sources/webhook/index.js'
import { WebhookHarness } from './harness.js'

let hook: WebhookHarness
beforeEach(() => {
  hook = new WebhookHarness()
})
afterEach(() => hook.close())

const seconds = () => Math.floor(Date.now() / 1000)
const body = '{"door":"open"}'

/** Headers of the form that standardwebhooks.com describes. */
function signed(secret: string, id: string, at = seconds(), text = body) {
  const signature = standardSignature(secret, id, at, Buffer.from(text))
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signature }
}

describe('a webhook with a token', () => {
  it('takes requests that show it, and refuses others before it reads their body', async () => {
    await hook.start({ token: 's3cret' })
    expect(await hook.answer(body, { authorization: 'Bearer s3cret' })).toBe(200)
    expect(await hook.answer(body)).toBe('401 TCN_HOOK_CREDENTIALS')
    expect(await hook.answer(body, { authorization: 'Bearer s3creT' })).toBe('401 TCN_HOOK_CREDENTIALS')
    expect(await hook.answer(body, { authorization: 'Basic czNjcmV0' })).toBe('401 TCN_HOOK_CREDENTIALS')
    expect(hook.events).toEqual([
      { tag: 'received', data: { contentType: 'application/json', payload: { door: 'open' } } },
    ])
    expect(hook.runner.status().health).toMatchObject({
      state: 'up',
      details: { requests: 1, refused: 3, lastRefusal: expect.stringContaining('TCN_HOOK_CREDENTIALS') },
    })
  })

  it('keeps text as text, forms as fields and other bytes as bytes', async () => {
    await hook.start({ token: 's3cret' })
    const authorization = 'Bearer s3cret'
    await hook.post('hello', { authorization, 'content-type': 'text/plain' })
    const form = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
    await hook.post('a=1&b=%C3%BC', form)
    await hook.post(Uint8Array.of(0xff, 0), { authorization, 'content-type': 'application/octet-stream' })
    expect(hook.events.map(({ data }) => data.payload)).toEqual([
      'hello',
      { a: '1', b: 'ü' },
      Uint8Array.of(0xff, 0),
    ])
    expect(await hook.answer('{"a":', { authorization })).toBe('400 TCN_HTTP_JSON')
  })
})

describe('a webhook with a secret', () => {
  it("accepts GitHub's own example of a signature, and no body that was changed", async () => {
    await hook.start({ secret: "It's a Secret to Everybody", signature: 'github' })
    const headers = {
      'content-type': 'text/plain',
      'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    }
    expect(await hook.answer('Hello, World!', headers)).toBe(200)
    expect(await hook.answer('Hello, World?', headers)).toBe('401 TCN_HOOK_CREDENTIALS')
    expect(await hook.answer('Hello, World!')).toBe('401 TCN_HOOK_CREDENTIALS')
  })

  it('accepts the standard form once, within the tolerance of its time', async () => {
    await hook.start({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', tolerance: '1m' })
    const headers = signed('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_1')
    expect(await (await hook.post(body, headers)).json()).toEqual({ events: 1 })
    expect(await (await hook.post(body, headers)).json()).toEqual({ events: 0, repeated: true })
    const late = signed('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_2', seconds() - 70)
    expect(await hook.answer(body, late)).toBe('401 TCN_HOOK_TIME')
    const early = signed('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_2', seconds() + 70)
    expect(await hook.answer(body, early)).toBe('401 TCN_HOOK_TIME')
    const moved = { ...late, 'webhook-timestamp': String(seconds()) }
    expect(await hook.answer(body, moved)).toBe('401 TCN_HOOK_CREDENTIALS')
    expect(hook.events).toHaveLength(1)
  })

  it('still knows after a restart what it has stored', async () => {
    await hook.start({ secret: 'abc' })
    const headers = signed('abc', 'msg_1')
    await hook.post(body, headers)
    await hook.runner.stop()
    expect(await hook.answer(body, headers)).toBe('404 TCN_HOOK_UNKNOWN')
    await hook.run({ secretFile: hook.file('secret', 'abc') })
    expect(await (await hook.post(body, headers)).json()).toEqual({ events: 0, repeated: true })
  })

  it('accepts the old and the new secret while it is replaced', async () => {
    await hook.start({ secret: 'new\nold' })
    expect(await hook.answer(body, signed('old', 'a'))).toBe(200)
    expect(await hook.answer(body, signed('new', 'b'))).toBe(200)
    expect(await hook.answer(body, signed('other', 'c'))).toBe('401 TCN_HOOK_CREDENTIALS')
  })

  it('can have the form of Slack, with a time in what is signed', async () => {
    await hook.start({
      secret: '8f742231b10e8888abcd99yyyzzz85a5',
      signature: 'own',
      own: {
        header: 'X-Slack-Signature',
        prefix: 'v0=',
        signed: 'v0:{time}:{body}',
        time: 'X-Slack-Request-Timestamp',
      },
    })
    const sign = (at: number) =>
      `v0=${createHmac('sha256', '8f742231b10e8888abcd99yyyzzz85a5').update(`v0:${at}:${body}`).digest('hex')}`
    const headers = (at: number) => ({
      'x-slack-request-timestamp': String(at),
      'x-slack-signature': sign(at),
    })
    expect(await hook.answer(body, headers(seconds()))).toBe(200)
    expect(await hook.answer(body, headers(1531420618))).toBe('401 TCN_HOOK_TIME')
    // The example in Slack's documentation.
    const example = createHmac('sha256', '8f742231b10e8888abcd99yyyzzz85a5').update(
      'v0:1531420618:token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    )
    expect(example.digest('hex')).toBe('a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503')
  })

  it('is down with a reason while its secret cannot be read', async () => {
    const [config] = webhookSourcesConfig.parse([{ name: 't', secretFile: '/nowhere/secret' }])
    hook.runner = new SourceRunner(webhookSource(config), hook.host)
    hook.runner.start()
    await expect.poll(() => hook.runner.status().state).toBe('down')
    expect(hook.runner.status().reason).toMatch(/a file cannot be read: ENOENT.*\/nowhere\/secret/)
  })
})

describe('the limits of a webhook', () => {
  it('refuse a body that is too large, and names that are not configured', async () => {
    await hook.start({ token: 't', maxBody: '1KiB' })
    const headers = { authorization: 'Bearer t' }
    expect(await hook.answer('x'.repeat(1025), headers)).toBe('413 TCN_HTTP_TOO_LARGE')
    expect(await hook.answer('x'.repeat(1025))).toBe('401 TCN_HOOK_CREDENTIALS')
    expect(await hook.answer(body, headers, 'other')).toBe('404 TCN_HOOK_UNKNOWN')
  })

  it('answer 429 with the time to wait, and strangers do not use them up', async () => {
    await hook.start({ token: 't', requests: { count: 1, per: '1h' } })
    expect(await hook.answer(body)).toBe('401 TCN_HOOK_CREDENTIALS')
    expect(await hook.answer(body, { authorization: 'Bearer t' })).toBe(200)
    const refused = await hook.post(body, { authorization: 'Bearer t' })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000)
  })

  it('leave a body out of an event that cannot hold it', async () => {
    hook.host.largestFrame = 20_000
    await hook.start({ token: 't' })
    const large = JSON.stringify({ text: 'x'.repeat(15_000) })
    expect(await hook.answer(large, { authorization: 'Bearer t' })).toBe(200)
    expect(hook.events).toEqual([
      { tag: 'received', data: { contentType: 'application/json', cut: large.length } },
    ])
  })

  it('say 503 while the hub accepts nothing, and the request counts when it comes again', async () => {
    await hook.start({ secret: 'abc', signature: 'github' })
    const headers = {
      'x-hub-signature-256': githubSignature('abc', Buffer.from(body)),
      'x-github-delivery': 'one',
    }
    hook.host.full = true
    expect(await hook.answer(body, headers)).toBe('503 TCN_BUS_SUSPENDED')
    hook.host.full = false
    expect(await hook.answer(body, headers)).toBe(200)
    expect(hook.events).toHaveLength(1)
  })
})

it('the configuration names one way to know the sender, and its form is consistent', () => {
  const problems = (entry: object) =>
    webhookSourcesConfig
      .safeParse([{ name: 't', ...entry }])
      .error?.issues.map(({ path }) => path.join('.')) ?? []
  expect(problems({ bearerFile: '/t' })).toEqual([])
  expect(problems({})).toEqual(['0.secretFile'])
  expect(problems({ bearerFile: '/t', secretFile: '/s' })).toEqual(['0.secretFile'])
  expect(problems({ bearerFile: '/t', signature: 'github' })).toEqual(['0.signature'])
  expect(problems({ secretFile: '/s', signature: 'own' })).toEqual(['0.own'])
  const own = (form: object) =>
    problems({ secretFile: '/s', signature: 'own', own: { header: 'X-S', ...form } })
  expect(own({})).toEqual([])
  expect(own({ time: 'X-T' })).toEqual(['0.own.signed'])
  expect(own({ signed: '{time}.{body}' })).toEqual(['0.own.time'])
  expect(own({ signed: '{body}x' })).toEqual(['0.own.signed'])
})
