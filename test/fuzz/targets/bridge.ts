import { readFileSync } from 'node:fs'
import { answer, readPeerMessage, refusal } from '../../../src/bridge/requests.js'
import { mutateValue, pick } from '../mutations.js'
import { fuzz, vectorFile } from '../target.js'

const { challenge, messages } = JSON.parse(readFileSync(vectorFile('bridge-peers.json'), 'utf8')) as {
  challenge: object
  messages: object[]
}
const seeds = [challenge, ...messages]

fuzz({
  name: 'bridge',
  seeds: seeds.map((seed) => JSON.stringify(seed)),
  make: (random) => Buffer.from(`${JSON.stringify(mutateValue(pick(seeds, random), random))}`),
  run(input) {
    const message = readPeerMessage(Buffer.from(input).toString())
    if (message === undefined) return
    if (message.kind === 'identity') return insist(message.hostname.length <= 255)
    if (message.kind === 'keys') return insist([...message.keys].every((key) => key.length === 24))
    for (const text of [answer(message.request, { a: 1 }), refusal(message.request, 'unauthorized')])
      insist(JSON.parse(text).id === message.request.id)
  },
})

function insist(condition: boolean): void {
  if (!condition) throw new Error('what was read does not fit')
}
