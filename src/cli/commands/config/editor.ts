import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '../../../client/api.js'
import { formatProblem } from '../../../config/load.js'
import { startChild } from '../../../processes/start-child.js'
import { Exit } from '../../help/exit-codes.js'
import { call, withHub } from '../../hub/connect.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { diffLines } from './config-text.js'
import { callPatiently } from './patience.js'
import type { SessionOptions } from './session.js'

/** Lets a person edit the candidate, and gives it back to the hub. The text is kept if the hub does not take it. */
export async function editText(io: Io, options: SessionOptions & { session: string }): Promise<void> {
  const { session, force } = options
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-config-'))
  const file = join(folder, 'tocsin.yaml')
  let isKept = false
  try {
    const { text = '', revision } = await withHub(io, options, async (client) => {
      // Refused from other machines, before anything is locked.
      await call(io, client, 'config.get', { text: true }, options)
      await call(io, client, 'config.lock', { session, ...(force ? { force } : {}) }, options)
      return call(io, client, 'config.get', { candidate: true, text: true }, options)
    })
    writeFileSync(file, text, { mode: 0o600 })
    await runEditor(io, file)
    const edited = readFileSync(file, 'utf8')
    if (edited === text) return io.note('nothing was edited')
    isKept = true
    await withHub(io, options, (client) =>
      giveBack(io, client, { text: edited, ifRevision: revision }, options),
    )
    isKept = false
  } finally {
    if (isKept) io.note(`your text is in ${file}`)
    else rmSync(folder, { recursive: true, force: true })
  }
}

async function giveBack(
  io: Io,
  client: Client,
  edit: { text: string; ifRevision: string },
  options: SessionOptions & { session: string },
): Promise<void> {
  const diff = await callPatiently(io, client, 'config.edit', { ...edit, session: options.session }, options)
  await report(io, options.format, [diff], () => diffLines(diff))
  for (const problem of diff.problems ?? []) io.note(formatProblem('the candidate', problem))
}

/** The editor may be a command with options. */
async function runEditor(io: Io, file: string): Promise<void> {
  const editor = io.env.VISUAL || io.env.EDITOR || 'vi'
  const child = startChild('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit', env: io.env })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Ending(Exit.failed, `${editor} ended with ${code}; nothing was changed`)
}
