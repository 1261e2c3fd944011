import { describe, expect, it } from 'vitest'
import { complete } from '../../../../src/cli/commands/completion/complete.js'
import type { Io } from '../../../../src/cli/io.js'
import { buildProgram } from '../../../../src/cli/program.js'

const io = { env: {}, signal: new AbortController().signal } as unknown as Io

async function words(...typed: string[]): Promise<string[]> {
  const candidates = await complete(await buildProgram(io), io, typed)
  return candidates.map((line) => line.split('\t')[0])
}

describe('completion', () => {
  it('offers commands and subcommands', async () => {
    expect(await words('tai')).toEqual(['tail'])
    expect(await words('')).toEqual(expect.arrayContaining(['serve', 'tail', 'help']))
    expect(await words('')).not.toContain('__complete')
    expect(await words('log', '')).toEqual([
      'show',
      'verify',
      'repair',
      'copy',
      'compress',
      'index',
      'compact',
    ])
    expect(await words('consumers', 's')).toEqual(['show', 'seek'])
  })

  it('offers the options of a command, but not hidden ones', async () => {
    expect(await words('tail', '--f')).toEqual(['--from', '--format', '--fields'])
    expect(await words('tail', '--w')).toEqual(['--where'])
    expect(await words('log', 'show', '--fo')).toEqual(['--format'])
  })

  it('offers the values of options', async () => {
    expect(await words('tail', '--format', '')).toEqual(['line', 'long', 'json', 'yaml', 'raw', 'frame'])
    expect(await words('read', '--from', '-1')).toEqual(['-10m', '-1h', '-1d'])
    expect(await words('tail', '--lag', 's')).toEqual(['skip'])
    expect(await words('tail', '--severity', 'e')).toEqual(['emerg', 'err'])
    expect(await words('tail', 'severity>=n')).toEqual(['severity>=notice'])
    expect(await words('values', 'h')).toEqual(['host'])
    expect(await words('tail', '--socket', '')).toEqual([])
  })

  it('offers each class of events for a list of classes, and only once', async () => {
    const watch = (list: string) => words('sysadm', 'watch', 'nas1.example', '--classes', list)
    expect(await watch('')).toEqual(['dispatcher', 'life-preserver', 'system-state', 'tocsin'])
    expect(await watch('s')).toEqual(['system-state'])
    expect(await watch('dispatcher,')).toEqual([
      'dispatcher,life-preserver',
      'dispatcher,system-state',
      'dispatcher,tocsin',
    ])
    expect(await watch('dispatcher,tocsin,l')).toEqual(['dispatcher,tocsin,life-preserver'])
  })

  it('offers topics, error codes and shells', async () => {
    expect(await words('help', 'e')).toEqual(['exit-codes', 'export', 'explain', 'edges', 'errors'])
    expect(await words('errors', 'TCN_LOG_F')).toEqual(['TCN_LOG_FULL'])
    expect(await words('completion', '')).toEqual(['bash', 'zsh', 'fish'])
  })

  it('offers nothing and reports no error if no hub answers', async () => {
    expect(await words('tail', '--socket', '/nowhere/at-all.sock', 'salt/')).toEqual([])
  })
})
