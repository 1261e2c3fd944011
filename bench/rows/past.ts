import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { HOST, HOST_TAG, NEEDLE, STATUS, WORD } from '../harness/past-events.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact, median, spread } from '../harness/statistics.js'
import type { Answer } from '../roles/past-reader.js'
import { journalOfPast } from '../sides/journal-file.js'
import { shellMillis, zstdBytes } from '../sides/text-search.js'

/** The journal takes many times as long to write as the log. */
const MAX_ENTRIES = 1_000_000

/** Questions about the past of a compressed and indexed log, against programs that search the same events as lines. */
export const past: Benchmark = {
  needs: ['zstd', 'systemd-journal-remote'],
  rows: [
    {
      name: 'find-needle',
      what: 'processor time to find an address, one of 100,000, in 2 million events (quick: 200,000); peer the same without the index',
      unit: 'ms',
      judge: 'ratio-at-most',
      must: 0.05,
      aim: 0.03,
    },
    {
      name: 'find-host',
      what: 'processor time to find the events of one of 500 hosts by its tag; peer the same without index and tags',
      unit: 'ms',
      judge: 'ratio-at-most',
      must: 0.1,
      aim: 0.02,
    },
    {
      name: 'count-field',
      what: 'processor time for each event of the log to count the addresses of requests with status 401; peer awk over the lines',
      unit: 'µs',
      judge: 'value-at-most',
      must: 0.5,
      aim: 0.3,
    },
    {
      name: 'grep',
      what: 'processor time to find a word that one event in 1,000 has; peer grep over the lines',
      unit: 'ms',
      judge: 'ratio-at-most',
      must: 10,
      aim: 3,
    },
    {
      name: 'disk',
      what: 'bytes on disk for each event, with its index; peer zstd -3 of the lines',
      unit: 'bytes',
      judge: 'ratio-at-most',
      must: 1.3,
      aim: 1.1,
    },
    {
      name: 'query-memory',
      what: 'anonymous memory that counting 100,000 different addresses adds',
      unit: 'MB',
      judge: 'value-at-most',
      must: 64,
      aim: 32,
    },
  ],
  async run(bench) {
    const folder = bench.folder()
    const events = bench.quick ? 200_000 : Number(process.env.PAST_EVENTS ?? 2_000_000)
    const reader = await bench.child('past-reader', { folder, events })
    const lines = join(folder, 'lines.json')
    const packed = zstdBytes(lines)
    const journal = await makeJournal(folder, Math.min(events, MAX_ENTRIES))
    return {
      'find-needle': await findNeedle(bench, reader, lines, journal),
      'find-host': await findHost(bench, reader, lines, journal),
      'count-field': await countField(bench, reader, lines, events),
      grep: await findWord(bench, reader, lines, journal),
      disk: await disk(reader, packed / events),
      'query-memory': await queryMemory(reader, events),
    }
  },
}

/** The first of the same events as entries of the journal of systemd, in a folder of their own. */
interface Journal {
  folder: string
  entries: number
}

async function makeJournal(folder: string, entries: number): Promise<Journal> {
  const journal = { folder: join(folder, 'journal'), entries }
  await mkdir(journal.folder)
  await journalOfPast(journal.folder, entries)
  return journal
}

async function askJournal(bench: Bench, { folder, entries }: Journal, question: string): Promise<string> {
  const found = `journalctl --directory ${folder} -o cat ${question}`
  return `journalctl ${question} ${(await rounds(bench, () => shellMillis(found))).text} of ${compact(entries)} entries`
}

/** Median of the processor time of several rounds, ms. */
async function rounds(bench: Bench, run: () => Promise<number> | number) {
  const times: number[] = []
  for (let round = 0; round < bench.rounds; round++) times.push(await run())
  return { median: median(times), text: `${spread(times)} ms` }
}

async function findNeedle(bench: Bench, reader: Child, lines: string, journal: Journal): Promise<Figures> {
  const filter = { grep: NEEDLE }
  const found = await reader.call<Answer>('find', filter, true)
  const scanned = await reader.call<Answer>('find', filter, false)
  const indexed = await rounds(bench, async () => (await reader.call<Answer>('find', filter, true)).cpu)
  const plain = await rounds(bench, async () => (await reader.call<Answer>('find', filter, false)).cpu)
  const grep = await rounds(bench, () => shellMillis(`grep -cwF '${NEEDLE}' ${lines}`))
  const zstdgrep = await rounds(bench, () => shellMillis(`zstdgrep -cwF '${NEEDLE}' ${lines}.zst`))
  return {
    value: indexed.median,
    peer: plain.median,
    also: [
      { ok: found.events === scanned.events && found.events > 0, what: 'the same events' },
      { ok: indexed.median < zstdgrep.median, what: 'less than zstdgrep' },
    ],
    notes: [
      `${found.events} events, ${found.skipped} chunks not read; ${indexed.text}; grep ${grep.text}, zstdgrep ${zstdgrep.text}`,
      await askJournal(bench, journal, `REMOTE=${NEEDLE}`),
    ],
  }
}

async function findHost(bench: Bench, reader: Child, lines: string, journal: Journal): Promise<Figures> {
  const filter = { prefix: { tag: HOST_TAG } }
  const found = await reader.call<Answer>('find', filter, true)
  const scanned = await reader.call<Answer>('find', filter, false)
  const indexed = await rounds(bench, async () => (await reader.call<Answer>('find', filter, true)).cpu)
  const plain = await rounds(bench, async () => (await reader.call<Answer>('find', filter, false)).cpu)
  const grep = await rounds(bench, () => shellMillis(`grep -cF '"tag":"${HOST_TAG}' ${lines}`))
  return {
    value: indexed.median,
    peer: plain.median,
    also: [{ ok: found.events === scanned.events && found.events > 0, what: 'the same events' }],
    notes: [
      `${found.events} events, ${found.skipped} chunks not read; ${indexed.text}; grep ${grep.text}`,
      await askJournal(bench, journal, `_HOSTNAME=${HOST}`),
    ],
  }
}

async function countField(bench: Bench, reader: Child, lines: string, events: number): Promise<Figures> {
  const filter = { exact: { 'data.fields.status': STATUS } }
  const counted = await reader.call<Answer>('count', filter, 'data.fields.remote')
  const own = await rounds(
    bench,
    async () => (await reader.call<Answer>('count', filter, 'data.fields.remote')).cpu,
  )
  const program = `/"status":${STATUS},/ { match($0, /"remote":"[^"]*"/); n[substr($0, RSTART, RLENGTH)]++ } END { print length(n) }`
  const awk = await rounds(bench, () => shellMillis(`awk '${program}' ${lines}`))
  return {
    value: (own.median * 1000) / events,
    peer: (awk.median * 1000) / events,
    notes: [`${counted.events} events match; ${own.text}`],
  }
}

async function findWord(bench: Bench, reader: Child, lines: string, journal: Journal): Promise<Figures> {
  const filter = { grep: WORD }
  const found = await reader.call<Answer>('find', filter, true)
  const own = await rounds(bench, async () => (await reader.call<Answer>('find', filter, true)).cpu)
  const grep = await rounds(bench, () => shellMillis(`grep -cwF ${WORD} ${lines}`))
  const zstdgrep = await rounds(bench, () => shellMillis(`zstdgrep -cwF ${WORD} ${lines}.zst`))
  return {
    value: own.median,
    peer: grep.median,
    notes: [
      `${found.events} events; ${own.text}; grep ${grep.text}, zstdgrep ${zstdgrep.text}`,
      await askJournal(bench, journal, `--case-sensitive -g ${WORD}`),
    ],
  }
}

async function disk(reader: Child, packed: number): Promise<Figures> {
  return { value: await reader.call<number>('disk'), peer: packed }
}

async function queryMemory(reader: Child, events: number): Promise<Figures> {
  const { kilobytes } = await reader.call<{ kilobytes: number }>('count', {}, 'data.fields.remote')
  return { value: kilobytes / 1024, notes: [`${events} events`] }
}
