import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Job, Jobs } from '../../src/jobs/index.js'
import { openJobs, shell, waitsFor } from './fixture.js'

const MiB = 2 ** 20

async function wholeOutput(jobs: Jobs, job: Job, from = 0) {
  const pieces: { at: number; bytes: Uint8Array }[] = []
  for (let at = from; ; ) {
    const piece = await jobs.output(job, at, 256 * 1024)
    if (piece === undefined) return pieces
    pieces.push(piece)
    at = piece.at + piece.bytes.length
  }
}

it('keeps the whole output in a file, and the beginning and end in the record', async () => {
  await using test = await openJobs({ config: { output: '4KiB' } })
  const job = await test.finish({ commands: ['seq 1 20000', 'echo end'] })
  const expected = `${Array.from({ length: 20_000 }, (_, n) => `${n + 1}\n`).join('')}end\n`
  expect(job.outputBytes).toBe(expected.length)
  const pieces = await wholeOutput(test.jobs, job)
  expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).toString()).toBe(expected)
  const [{ output }] = job.results
  expect(output.length).toBeLessThan(2200)
  expect(output).toMatch(/^1\n2\n3\n[\s\S]*\n\[\d+ characters left out\]\n[\s\S]*19999\n20000\n$/)
  expect(job.results[1].output).toBe('end\n')
})

it('keeps the beginning and the end of 1 GB within the limit of the files, in few events', async () => {
  await using test = await openJobs({ config: { file: '1MiB' } })
  const bytes = 1_000_000_000
  const job = await test.finish(`sh -c "echo begin; head -c ${bytes} /dev/zero; echo end"`)
  expect(job.outputBytes).toBe(bytes + 10)
  const folder = join(test.folder, 'jobs')
  const sizes = readdirSync(folder).map((file) => statSync(join(folder, file)).size)
  expect(sizes).toHaveLength(4)
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(MiB)
  const pieces = await wholeOutput(test.jobs, job)
  expect(Buffer.from(pieces[0].bytes).toString('latin1', 0, 6)).toBe('begin\n')
  expect(Buffer.from(pieces.at(-1)!.bytes).toString('latin1').slice(-4)).toBe('end\n')
  expect(pieces.at(-1)!.at + pieces.at(-1)!.bytes.length).toBe(bytes + 10)
  const seconds = (job.finished! - job.started!) / 1e6
  expect(test.events.length).toBeLessThanOrEqual(4 + seconds)
  for (const { data } of test.events) expect(JSON.stringify(data).length).toBeLessThan(500_000)
})

it('divides no character of the output, however it is written', async () => {
  await using test = await openJobs()
  const { results } = await test.finish(`sh -c "printf '\\342\\202'; sleep 0.05; printf '\\254\\n\\377'"`)
  expect(results[0].output).toBe('€\n�')
})

it('goes on without the file if that cannot be written, and says so', async () => {
  await using test = await openJobs()
  const folder = join(test.folder, 'jobs')
  const job = await test.start({ id: 'a', commands: [shell(`${waitsFor(folder)}; echo a`)] })
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  const finished = await test.finished(job.id)
  expect(finished).toMatchObject({ results: [{ output: 'a\n', code: 0 }], outputBytes: 0 })
  expect(finished.outputFault).toContain('ENOTDIR')
})
