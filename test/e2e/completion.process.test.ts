import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HubProcess, lines, main, Running, tocsin } from './hub-process.js'

let hub: HubProcess

beforeAll(async () => {
  hub = await HubProcess.start()
  const tags = ['salt/job/1/ret/web1', 'salt/job/2/ret/web2', 'salt/auth', 'odd/a b', 'odd/c:d=e']
  await hub.tocsin(['fire', '-'], { input: tags.map((tag) => JSON.stringify({ tag })).join('\n') })
  await hub.tocsin(['consumers', 'add', 'billing', 'salt/'])
})

afterAll(() => hub[Symbol.asyncDispose]())

/** Returns the candidates that bash would offer for the line, with the cursor at its end. */
async function bash(line: string, env: NodeJS.ProcessEnv = { TOCSIN_URL: hub.socket }): Promise<string[]> {
  const script = `
tocsin() { "${process.execPath}" "${main}" "$@"; }
command() { "$@"; }
source <(tocsin completion bash) 2>/dev/null
compopt() { :; }
COMP_LINE='${line.replaceAll("'", `'\\''`)}'; COMP_POINT=\${#COMP_LINE}
# As readline splits words: at blanks, and at : and = too.
read -r -a words <<< "\${COMP_LINE//[:=]/ & }"
[[ "$COMP_LINE" == *[[:space:]:=] ]] && words+=("")
COMP_WORDS=("\${words[@]}"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_tocsin
printf '%s\\n' "\${COMPREPLY[@]}"
`
  const running = new Running('bash', ['--norc', '-c', script], {
    env: { PATH: process.env.PATH, ...env },
  })
  const { stdout, stderr } = await running.ended
  expect(stderr).toBe('')
  return lines(stdout).filter((word) => word !== '')
}

/** Polls for candidates from the live bus: a shell waits only briefly for them, and a busy machine may take longer. */
const live = (line: string) => expect.poll(() => bash(line))

describe('completion in bash', () => {
  it('offers commands, options and values', async () => {
    expect(await bash('tocsin tai')).toEqual(['tail'])
    expect(await bash('tocsin tail --fo')).toEqual(['--format'])
    expect(await bash('tocsin tail --format ')).toEqual(['line', 'long', 'json', 'yaml', 'raw', 'frame'])
    expect(await bash('tocsin sysadm watch nas1 --classes dispatcher,s')).toEqual(['dispatcher,system-state'])
    expect(await bash('tocsin ncs watch --mask AUDIT,COMMIT_D')).toEqual(['AUDIT,COMMIT_DIFF'])
    expect(await bash('tocsin log ')).toEqual([
      'show',
      'verify',
      'repair',
      'copy',
      'compress',
      'index',
      'compact',
    ])
  })

  it('offers tags from the live bus, one segment at a time', async () => {
    await live('tocsin tail sal').toEqual(['salt/'])
    await live('tocsin tail salt/').toEqual(['salt/job/', 'salt/auth'])
    await live('tocsin wait !salt/a').toEqual(['\\!salt/auth'])
    await live('tocsin fire salt/job/1/').toEqual(['salt/job/1/ret/'])
  })

  it('quotes characters that are special to the shell', async () => {
    await live('tocsin tail odd/a').toEqual(['odd/a\\ b'])
    await live("tocsin tail 'odd/a").toEqual(['odd/a b'])
  })

  it('leaves out the part that readline keeps before the word', async () => {
    await live('tocsin tail odd/c:').toEqual(['d=e'])
    await live('tocsin tail odd/c:d=').toEqual(['e'])
  })

  it('asks the hub that is named in the line', async () => {
    const elsewhere = { TOCSIN_URL: '/nowhere/x.sock' }
    for (const address of [`--url ${hub.socket}`, `--socket ${hub.socket}`]) {
      const line = `tocsin tail ${address} salt/j`
      await expect.poll(() => bash(line, elsewhere)).toEqual(['salt/job/'])
    }
  })

  it('offers consumers', async () => {
    await live('tocsin consumers show b').toEqual(['billing'])
  })
})

describe('tocsin completion', () => {
  it('prints a script for each shell, and refuses others', async () => {
    for (const shell of ['bash', 'zsh', 'fish'])
      expect((await tocsin(['completion', shell])).stdout).toContain('tocsin __complete')
    expect(await tocsin(['completion', 'tcsh'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('bash, zsh, fish'),
    })
  })

  it('offers tags with counts to shells that show them', async () => {
    const offered = () => hub.tocsin(['__complete', '--', 'tail', '--from', '-1h', 'salt/j'])
    await expect.poll(offered).toEqual({ code: 0, stdout: 'salt/job/\t2 events\n', stderr: '' })
  })

  it('is silent without a hub', async () => {
    expect(
      await tocsin(['__complete', '--', 'tail', 'sa'], { env: { TOCSIN_URL: '/nowhere/x.sock' } }),
    ).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})
