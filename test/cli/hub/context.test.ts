import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { beforeEach, describe, expect, it } from 'vitest'
import { detailsOf } from '../../../src/cli/help/define.js'
import { contextInForce, contextsFile, targetOf } from '../../../src/cli/hub/context.js'
import { type Contexts, readContexts, writeContexts } from '../../../src/cli/hub/context-store.js'
import type { Io } from '../../../src/cli/io.js'
import { buildProgram } from '../../../src/cli/program.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
let notes: string[]

const io = (env: Record<string, string> = {}) =>
  ({ env: { XDG_CONFIG_HOME: folder, ...env }, note: (text: string) => notes.push(text) }) as unknown as Io

const keep = (all: Contexts) => writeContexts(contextsFile(io()), all)

beforeEach(() => {
  folder = temporaryFolder('context')
  notes = []
})

describe('the context in effect', () => {
  const all = { current: 'a', contexts: { a: { url: 'unix:/a' }, b: { url: 'unix:/b' } } }

  it('is the current one, or the one that is named', async () => {
    expect(await contextInForce(io(), {})).toBeUndefined()
    keep(all)
    expect(await contextInForce(io(), {})).toEqual({ name: 'a', url: 'unix:/a' })
    expect(await contextInForce(io(), { context: 'b' })).toMatchObject({ name: 'b' })
    await expect(contextInForce(io(), { context: 'c' })).rejects.toMatchObject({
      code: 'TCN_CONTEXT_UNKNOWN',
    })
    await expect(contextInForce(io(), { context: 'constructor' })).rejects.toMatchObject({
      code: 'TCN_CONTEXT_UNKNOWN',
    })
  })

  it('gives way to an address on the command line or in the environment', async () => {
    keep(all)
    expect(await contextInForce(io(), { socket: '/s' })).toBeUndefined()
    expect(await contextInForce(io(), { url: 'tcp://h' })).toBeUndefined()
    expect(await contextInForce(io({ TOCSIN_URL: '/s' }), {})).toBeUndefined()
    expect(await contextInForce(io({ TOCSIN_URL: '/s' }), { context: 'b' })).toMatchObject({ name: 'b' })
  })
})

describe('the target of a connection', () => {
  it('has the token and the certificates of the named files', async () => {
    const tokenFile = join(folder, 'token')
    const ca = join(folder, 'ca.pem')
    writeFileSync(tokenFile, 'tcn_1\n', { mode: 0o600 })
    writeFileSync(ca, 'PEM')
    keep({ current: 'a', contexts: { a: { url: 'tls://h', tokenFile, ca, serverName: 'hub' } } })
    expect(await targetOf(io(), {})).toEqual({
      address: 'tls://h',
      token: 'tcn_1',
      tls: { ca: Buffer.from('PEM'), serverName: 'hub' },
    })
    expect(notes).toEqual([])
  })

  it('has no token if the context names none: TOCSIN_TOKEN is for the address in TOCSIN_URL', async () => {
    keep({ current: 'a', contexts: { a: { url: 'tls://h' } } })
    const env = { TOCSIN_TOKEN: 'tcn_1' }
    expect(await targetOf(io(env), {})).toEqual({ address: 'tls://h', token: '' })
    const elsewhere = io({ ...env, TOCSIN_URL: 'tls://other' })
    expect(await targetOf(elsewhere, { context: 'a' })).toEqual({ address: 'tls://h', token: '' })
    const same = io({ ...env, TOCSIN_URL: 'tls://h' })
    expect(await targetOf(same, { context: 'a' })).toEqual({ address: 'tls://h' })
    expect(await targetOf(io(env), { url: 'tls://h' })).toEqual({ address: 'tls://h' })
  })

  it('warns if others may read the token, and fails without one', async () => {
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, 'tcn_1', { mode: 0o644 })
    keep({ current: 'a', contexts: { a: { url: 'tls://h', tokenFile } } })
    await targetOf(io(), {})
    expect(notes[0]).toContain('others may read')
    writeFileSync(tokenFile, '\n')
    await expect(targetOf(io(), {})).rejects.toMatchObject({ code: 'TCN_FILE_UNREADABLE' })
    rmSync(tokenFile)
    await expect(targetOf(io(), {})).rejects.toMatchObject({ code: 'TCN_FILE_UNREADABLE' })
  })
})

describe('the file', () => {
  it('is accessible only to this user', () => {
    keep({ contexts: {} })
    expect(statSync(contextsFile(io())).mode & 0o777).toBe(0o600)
  })

  it('is named if it is invalid', () => {
    keep({ contexts: {} })
    const file = contextsFile(io())
    for (const text of ['{', '[]', '{"contexts":{"a":{}}}', '{"contexts":{"-":{"url":"x"}}}']) {
      writeFileSync(file, text)
      expect(() => readContexts(file)).toThrow(expect.objectContaining({ code: 'TCN_CONTEXT_FILE' }))
    }
  })
})

/** Every command that connects to a hub is in one of the two lists: a new one must be added. */
describe('commands in a read-only context', () => {
  const looking =
    /^(tail|read|wait|status|who|top|stats|histogram|values|tags|gaps|explain|log (show|verify)|export|consumers (list|show)|parked (list|show)|rules (list|show|test)|alerts list|hosts (list|show)|edges list|sinks list|cluster (status|nodes|verify)|token list|record|diff|config (diff|history)|forward|backup|doctor|job (list|show|follow)|salt (event|wait|jobs)|sctp (associations|watch|decode)|ncs (watch|run)|devices|device queue)$/
  const changing =
    /^(reload|fire|bench|import|log (compact|compress|index)|consumers (add|seek|remove)|parked (retry|redeliver|drop|delete|remove)|alerts (silence|unsilence|resolve)|hosts remove|edges remove|sinks (pause|resume|test)|cluster step-down|token (add|rotate|remove|password)|play|restore|job (run|kill)|config (reload|edit|set|delete|commit|confirm|abort|discard|rollback)|ncs (produce|attach)|device (push|prune))$/

  it('are refused if they change something', async () => {
    const known = hubCommands(await buildProgram({} as Io))
    expect(
      known.map(({ path }) => path).filter((path) => !looking.test(path) && !changing.test(path)),
    ).toEqual([])
    const wrong = known.filter(({ path, command }) => {
      const changes = detailsOf(command)?.changes
      return (typeof changes === 'function' ? changes({}) : (changes ?? false)) !== changing.test(path)
    })
    expect(wrong.map(({ path }) => path)).toEqual([])
  })

  it('are refused if an option makes a reading command change something', async () => {
    const tail = hubCommands(await buildProgram({} as Io)).find(({ path }) => path === 'tail')
    const changes = detailsOf(tail!.command)?.changes as (options: object) => boolean
    expect(changes({ consumer: 'work' })).toBe(true)
  })
})

function hubCommands(parent: Command, above = ''): { path: string; command: Command }[] {
  return parent.commands.flatMap((command) => {
    const path = `${above}${command.name()}`
    const own = command.options.some(({ long }) => long === '--context') ? [{ path, command }] : []
    return [...own, ...hubCommands(command, `${path} `)]
  })
}
