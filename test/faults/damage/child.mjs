// Usage: child.mjs make <folder> | rounds <prepared> <work> <seed> <count>
//   make    fills data folders: `clean` as a hub leaves it, `killed` as it is while one runs, `compressed` the same with
//           compressed segments that have an index.
//   rounds  damages a copy and starts a hub with it, `count` times; prints one line of JSON for each round, and its
//           number before it begins.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTestHub } from '../../../dist/hub/testing.js'
import { damage, randomFrom } from './damages.mjs'

const EVENTS = 2200
const config = { log: { segment: { bytes: '1MiB' }, compression: 'off', index: 'off' } }

const [task, ...args] = process.argv.slice(2)
if (task === 'make') await make(args[0])
else await rounds(args[0], args[1], Number(args[2]), Number(args[3]))

async function make(folder) {
  const data = join(folder, 'clean')
  let hub = await start(data)
  let client = await hub.connect()
  for (const name of ['one', 'two']) await client.request('consumers.create', { name, from: 'start' })
  for (const name of ['ci', 'web'])
    await client.request('tokens.add', { name, rights: { publish: [`${name}/`] } })
  const batch = Array.from({ length: EVENTS }, (_, n) => ({
    tag: `test/${n % 7}`,
    data: { n, word: wordOf(n), text: 'x'.repeat(900 + (n % 200)) },
  }))
  for (let at = 0; at < EVENTS; at += 100)
    await client.publishBatch(batch.slice(at, at + 100), { ack: 'durable' })
  await client.close()
  await hub.close()
  // A second life, so that the files have replaced pages.
  hub = await start(data)
  client = await hub.connect()
  for (let n = 0; n < 60; n++) await client.publish('late/event', { n }, { ack: 'durable' })
  writeFileSync(
    join(folder, 'events.json'),
    JSON.stringify({ epoch: hub.bus.epoch, events: (await readAll(client)).events }),
  )
  copyOfRunning(data, join(folder, 'killed'))
  const compressed = await client.request('log.compress')
  if (compressed.segments === 0 || compressed.failed > 0) throw new Error(JSON.stringify(compressed))
  const indexed = await client.request('log.index')
  if (indexed.segments === 0 || indexed.failed > 0) throw new Error(JSON.stringify(indexed))
  copyOfRunning(data, join(folder, 'compressed'))
  await client.close()
  await hub.close()
}

/** A file that the hub renames while its folder is copied is missing: the copy begins again. */
function copyOfRunning(data, copy) {
  for (;;) {
    try {
      return cpSync(data, copy, { recursive: true })
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
      rmSync(copy, { recursive: true, force: true })
    }
  }
}

async function rounds(prepared, work, seed, count) {
  for (let round = seed; round < seed + count; round++) {
    console.log(JSON.stringify({ begins: round }))
    console.log(JSON.stringify({ round, ...(await oneRound(prepared, work, round)) }))
  }
}

async function oneRound(prepared, work, seed) {
  const random = randomFrom(seed)
  const kind = ['clean', 'killed', 'compressed'][random(3)]
  const data = join(work, 'data')
  rmSync(data, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  cpSync(join(prepared, kind), data, { recursive: true })
  const what = `${kind}: ${damage(data, random)}`
  try {
    const known = JSON.parse(readFileSync(join(prepared, 'events.json'), 'utf8'))
    const first = await visit(data, known)
    const faults = [...first.faults]
    const second = await visit(data, known, first)
    faults.push(...second.faults.map((fault) => `second start: ${fault}`))
    return { what, faults, said: first.said }
  } catch (error) {
    return { what, faults: [`${error.code ?? ''} ${error.stack}`], said: [] }
  }
}

/** Starts a hub, reads everything, verifies, publishes and stops. Returns what is wrong. */
async function visit(data, known, before) {
  const hub = await start(data)
  const faults = []
  try {
    const client = await hub.connect()
    const published = await client.publish('after/damage', { now: 1 }, { ack: 'durable' })
    const { events, gaps } = await readAll(client, known.epoch)
    const unfound = await unfoundIn(client, events)
    const verified = await verify(client)
    const { damage: said } = await client.request('hub.status')
    const { tokens } = await client.request('tokens.list')
    const { consumers } = await client.request('consumers.list')
    await client.close()
    check(
      { known, events, gaps, said, verified, before, tokens, consumers, epoch: hub.bus.epoch, published },
      faults,
    )
    if (unfound.length > 0) faults.push(`a question does not find the events with ${unfound}`)
    return { faults, said, events }
  } finally {
    await hub.close()
  }
}

function check({ known, events, gaps, said, verified, before, tokens, consumers, epoch, published }, faults) {
  const found = new Map(events)
  const missing = []
  for (const [seq, event] of known.events) {
    if (found.has(seq)) {
      if (found.get(seq) !== event) faults.push(`@${seq} is ${found.get(seq).slice(0, 50)}`)
    } else missing.push(seq)
  }
  const seqs = events.map(([seq]) => seq)
  if (seqs.some((seq, at) => at > 0 && seq <= seqs[at - 1])) faults.push('the order is broken')
  const knownSeqs = new Set(known.events.map(([seq]) => seq))
  const strange = events.filter(([seq, text]) => !knownSeqs.has(seq) && !/^"(hub|after)\//.test(text))
  if (strange.length > 0) faults.push(`events that were never published: ${strange[0]}`)
  const unsaid = missing.filter((seq) => !gaps.some(({ from, to }) => from <= seq && seq <= to))
  if (unsaid.length > 0)
    faults.push(`${unsaid.length} events are missing without a gap, from @${unsaid[0]} to @${unsaid.at(-1)}`)
  if (missing.length > 0 && verified === 0)
    faults.push(`${missing.length} events are missing, and verify finds nothing`)
  if (missing.length > 0 && before === undefined && said.length === 0)
    faults.push('the status says nothing of missing events')
  if (epoch !== known.epoch && before === undefined && said.length === 0)
    faults.push('a new epoch without a word')
  if (before === undefined && said.length === 0) {
    if (tokens.length !== 2 || consumers.length !== 2)
      faults.push(`${tokens.length} tokens and ${consumers.length} consumers, without a word`)
  }
  for (const [seq, event] of before?.events ?? []) {
    if (found.get(seq) !== event) {
      faults.push(`@${seq} was read at the first start`)
      break
    }
  }
  if (!found.has(Number(published.cursor.split('-')[1]))) faults.push('the event published now is not read')
}

async function readAll(client, epoch) {
  const events = []
  const gaps = []
  const from = epoch === undefined ? 'start' : `${epoch}-0`
  for await (const item of client.read('**', { from, otherwise: 'start' })) {
    if (item.status === undefined) events.push([item.seq, JSON.stringify([item.tag, item.data]).slice(1, -1)])
    else if (item.status === 'gap') gaps.push({ from: item.from, to: item.to })
  }
  return { events, gaps }
}

function wordOf(n) {
  return `word${n}`
}

/** Returns those of some words that a question does not find, although events with them can be read. */
async function unfoundIn(client, events) {
  const words = Array.from({ length: 40 }, (_, nth) => wordOf(nth * 55))
  const unfound = []
  for (const word of words) {
    const expected = events.filter(([, text]) => text.includes(`"${word}"`)).length
    const { count } = await client.request('events.read', { filters: { grep: word }, from: 'start' })
    if (count !== expected) unfound.push(word)
  }
  return unfound
}

async function verify(client) {
  let last
  for await (const part of client.requestParts('log.verify')) last = part
  return last.faulty
}

async function start(data) {
  const hub = await startTestHub({ data, config })
  hub.hub.start()
  return hub
}
