import { expect, it } from 'vitest'
import { standardKey, standardSignature } from '../../../src/protocols/webhook/signature.js'

const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const BODY = Buffer.from('{"test": 2432232314}')

it('the vector of the libraries of Standard Webhooks has their signature, with the prefix and without', () => {
  const expected = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
  expect(standardSignature(`whsec_${SECRET}`, ID, 1614265330, BODY)).toBe(expected)
  expect(standardSignature(SECRET, ID, 1614265330, BODY)).toBe(expected)
})

it('a secret that is no base64 is the key as it is', () => {
  for (const secret of ['open sesame', 'abc', 'whsec_not base64', 'äöü='])
    expect(Buffer.from(standardKey(secret)).toString()).toBe(secret)
  expect(Buffer.from(standardKey('b3Blbg==')).toString()).toBe('open')
})
