import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { detailsOf } from '../../src/cli/help/define.js'
import { topics } from '../../src/cli/help/topics.js'
import type { Io } from '../../src/cli/io.js'
import { buildProgram, runProgram } from '../../src/cli/program.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { jsonLines, lines, main, Running, root, startTocsin, tocsin } from './hub-process.js'

let folder: string

beforeAll(() => {
  folder = temporaryFolder('offline')
})

const program = await buildProgram({} as Io)
const commands = program.commands
  .filter((command) => !command.name().startsWith('_'))
  .flatMap((command) => [
    [command.name()],
    ...command.commands.map((below) => [command.name(), below.name()]),
  ])

/** An environment that collects what is printed. */
function ioTo(said: { out: string; err: string }): Io {
  const to = (name: 'out' | 'err') => ({
    write: (text: string) => {
      said[name] += text
    },
  })
  return { env: {}, colors: {}, out: to('out'), err: to('err') } as unknown as Io
}

describe('without a hub', () => {
  it.each([
    ['tail'],
    ['read'],
    ['fire', 'a', '1'],
    ['wait', 'a', '--timeout', '5s'],
    ['status'],
    ['who'],
    ['gaps'],
    ['log', 'show'],
    ['export'],
    ['import'],
    ['consumers'],
    ['parked'],
    ['explain', 'a', '--from', 'start'],
  ])('tocsin %s ends with 3', async (...args) => {
    const { code, stdout, stderr } = await tocsin(args, { env: { TOCSIN_URL: join(folder, 'none.sock') } })
    expect({ code, stdout, stderr }).toMatchObject({ code: 3, stdout: '' })
    expect(stderr).toMatch(
      /^tocsin: no hub answers at .*none\.sock.* \(TCN_CLIENT_UNREACHABLE\)\n {2}Start a hub with `(?:npx )?tocsin serve`/,
    )
  })

  it('a stale socket is reported in the same way', async () => {
    const path = join(folder, 'left.sock')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const closed = new Promise((resolve) => server.close(resolve))
    await closed
    expect((await tocsin(['status', '--socket', path])).code).toBe(3)
  })

  it('a socket that does not answer ends with 5 after --timeout, and at once on Ctrl-C', async () => {
    const path = join(folder, 'silent.sock')
    const server = createServer(() => {})
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const late = await tocsin(['status', '--socket', path, '--timeout', '100ms'])
    expect(late).toMatchObject({ code: 5, stderr: expect.stringContaining('(TCN_CLIENT_TIMEOUT)') })
    const connected = once(server, 'connection')
    const waiting = startTocsin(['status', '--socket', path])
    await connected
    expect(await waiting.signal('SIGINT')).toEqual({ code: 130, stdout: '', stderr: '' })
    server.close()
  })

  it('an invalid address ends with 2', async () => {
    expect(await tocsin(['status', '--socket', 'ftp://localhost'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(TCN_CLIENT_ADDRESS)'),
    })
    expect(await tocsin(['status', '--socket', `/${'x'.repeat(120)}`])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(TCN_CLIENT_PATH_TOO_LONG)'),
    })
  })
})

describe('help', () => {
  const expectHelp = (words: string[], text: string) => {
    expect(text).toMatch(new RegExp(`^Usage: tocsin ${words.join(' ')}`))
    expect(text).toContain('\nExamples:\n  ')
  }

  it('is available for every command, with examples', async () => {
    for (const words of commands) {
      const said = { out: '', err: '' }
      const program = buildProgram(ioTo(said), words)
      await expect(runProgram(program, [...words, '--help'])).rejects.toMatchObject({ exitCode: 0 })
      expectHelp(words, said.out)
      expect({ words, said: said.err }).toEqual({ words, said: '' })
    }
  })

  // Commands below one are defined with it.
  it.each(commands.filter(({ length }) => length === 1))('is printed by tocsin %s', async (...words) => {
    const { code, stdout, stderr } = await tocsin([...words, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expectHelp(words, stdout)
  })

  it('has topics', async () => {
    for (const { name: topic } of topics) {
      const { code, stdout } = await tocsin(['help', topic])
      expect(code).toBe(0)
      expect(lines(stdout).length).toBeGreaterThan(8)
      for (const line of lines(stdout)) expect(line.length).toBeLessThanOrEqual(100)
    }
    expect(await tocsin(['help', 'nope'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(topics.map(({ name }) => name).join(', ')),
    })
  })

  it('of a command that is a topic too has both', async () => {
    const [both, command] = await Promise.all([tocsin(['help', 'rules']), tocsin(['rules', '--help'])])
    expect(both.stdout.startsWith(command.stdout)).toBe(true)
    expect(both.stdout).toContain('what is wrong now; silences')
  })

  it('of a command is the same in both spellings', async () => {
    const [first, second] = await Promise.all([
      tocsin(['help', 'log', 'verify']),
      tocsin(['log', 'verify', '--help']),
    ])
    expect(first).toEqual(second)
  })

  it('is printed without a command, with exit code 2', async () => {
    const { code, stdout, stderr } = await tocsin([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^Usage: tocsin/)
  })

  it('lists no example of another command', () => {
    for (const command of program.commands)
      for (const { command: line } of detailsOf(command)?.examples ?? [])
        expect(line).toContain(command.name())
  })

  it('loads nothing that only a hub or a client needs', async () => {
    const coverage = join(folder, 'coverage')
    await tocsin(['--help'], { env: { NODE_V8_COVERAGE: coverage } })
    const loaded = readdirSync(coverage).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8')) as {
        result: { url: string }[]
      }
      return result.map(({ url }) => url)
    })
    expect(loaded.filter((url) => url.includes('/node_modules/'))).toEqual([])
    const sources = JSON.parse(readFileSync(join(root, 'dist/bundle/sources.json'), 'utf8'))
    const modules = loaded.flatMap((url) => sources[basename(url)] ?? [])
    expect(modules).toContain('src/cli/program.ts')
    expect(
      modules.filter((path) =>
        /node_modules\/(?!commander|picocolors)|^src\/(client|faces|bus|log|state|hub(?!\/(?:version|own-log\/hub-log|process\/collector-settings|config\/profiles)\.)|filter)\//.test(
          path,
        ),
      ),
    ).toEqual([])
  })
})

describe('tocsin errors', () => {
  it('explains a code', async () => {
    const { code, stdout } = await tocsin(['errors', 'tcn_log_full'])
    expect(code).toBe(0)
    expect(stdout).toContain('the disk of the log is full')
    expect(stdout).toContain('Free disk space')
  })

  it('lists all codes, also as JSON', async () => {
    const { stdout } = await tocsin(['errors', '--format', 'json'])
    expect(jsonLines(stdout).length).toBeGreaterThan(50)
    expect((await tocsin(['errors'])).stdout).toContain('TCN_CLIENT_UNREACHABLE')
  })

  it('ends with 2 for an unknown code, and suggests a similar one', async () => {
    const { code, stderr } = await tocsin(['errors', 'LOG_FUL'])
    expect(code).toBe(2)
    expect(stderr).toContain('TCN_LOG_FULL')
  })
})

describe('output that cannot be written', () => {
  it.each(['errors', '--help', 'help formats'])('is a failure: tocsin %s', async (args) => {
    const running = new Running('bash', ['-c', `"$0" "$1" ${args} > /dev/full`, process.execPath, main])
    const { code, stderr } = await running.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/^tocsin: the output cannot be written: /)
  })
})

describe('tocsin --version', () => {
  it('is the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await tocsin(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })
})
