import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { displayWidth } from '../../src/cli/terminal/text.js'
import { requireTool } from '../helpers/tools.js'
import { HubProcess, main, Running } from './hub-process.js'

/** Commands on a real terminal, which `script` provides. */

let hub: HubProcess
const terminals: Running[] = []

beforeAll(async () => {
  hub = await HubProcess.start()
  const events = Array.from({ length: 40 }, (_, n) =>
    JSON.stringify({ tag: `shop/order/${n}`, data: { n, evil: '\x1b[2J漢字'.repeat(20) } }),
  )
  await hub.tocsin(['fire', '-'], { input: `${events.join('\n')}\n` })
})

afterAll(async () => {
  for (const terminal of terminals) terminal.child.kill('SIGKILL')
  await hub[Symbol.asyncDispose]()
})

function onTerminal(
  command: string,
  { columns = 80, rows = 24, env = {} as NodeJS.ProcessEnv } = {},
): Running {
  const script = `stty cols ${columns} rows ${rows}; exec ${process.execPath} ${main} ${command}`
  const running = new Running(requireTool('script'), ['-qefc', script, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', TOCSIN_URL: hub.socket, PAGER: 'cat', ...env },
  })
  terminals.push(running)
  return running
}

describe('on a terminal', () => {
  it('never prints a line wider than the terminal, nor a control sequence of an event', async () => {
    const { stdout } = await onTerminal('read shop/', { columns: 72 }).ended
    const lines = stdout.split('\r\n').slice(0, -1)
    expect(lines).toHaveLength(40)
    for (const line of lines) {
      const plain = line.replace(/\x1b\[\d+m/g, '')
      expect(displayWidth(plain)).toBeLessThanOrEqual(72)
      expect(plain).not.toMatch(/\p{Cc}/u)
    }
  })

  it('tags are coloured, unless NO_COLOR is set', async () => {
    expect((await onTerminal('read shop/ --count 1').ended).stdout).toMatch(
      /\x1b\[\d+mshop\/order\/0\x1b\[39m/,
    )
    expect((await onTerminal('read shop/ --count 1', { env: { NO_COLOR: '1' } }).ended).stdout).not.toContain(
      '\x1b',
    )
  })

  it('read goes through the pager, unless it is not wanted or the output is no terminal', async () => {
    const env = { TOCSIN_PAGER: "sed 's/^/paged: /'" }
    const { stdout, code } = await onTerminal('read shop/ --count 2', { env }).ended
    expect(stdout.split('\r\n').filter((line) => line.startsWith('paged: '))).toHaveLength(2)
    expect(code).toBe(0)
    for (const command of ['read shop/ --count 2 --no-pager', 'read shop/ --count 2 | cat'])
      expect((await onTerminal(command, { env }).ended).stdout).not.toContain('paged')
    expect((await onTerminal('help filters', { env }).ended).stdout).toContain('paged: Filters')
    expect((await onTerminal('errors tcn_usage', { env }).ended).stdout).toContain('paged: code')
  })

  it('a pager that ends early ends the command without an error', async () => {
    const env = { TOCSIN_PAGER: 'head -n 1' }
    const { stdout, code } = await onTerminal('read --from start', { env }).ended
    expect(stdout.trimEnd().split('\r\n')).toHaveLength(1)
    expect(code).toBe(0)
  })

  it('matches of --grep are marked, and --color decides about colours', async () => {
    const marked = await onTerminal("read shop/ --grep 'order/3$'").ended
    expect(marked.stdout.match(/\x1b\[7morder\/3\x1b\[27m/g)).toHaveLength(1)
    const plain = await onTerminal('read shop/ --grep ORDER/3 -i --color never').ended
    expect(plain.stdout).toContain('shop/order/3')
    expect(plain.stdout).not.toContain('\x1b')
    const { stdout } = await hub.tocsin(['read', 'shop/', '--count', '1', '--color', 'always'])
    expect(stdout).toMatch(/\x1b\[\d+mshop\/order\/0/)
  })

  it('bytes are refused', async () => {
    const { code, stdout } = await onTerminal('read --format raw').ended
    expect(code).toBe(2)
    expect(stdout).toContain('(TCN_USAGE)')
  })

  it('asks twice for a password without showing it, and sets it only if both entries agree', async () => {
    const ask = async (second: string) => {
      const asking = onTerminal('token password admin')
      await asking.prints('password of admin')
      asking.write('correct horse battery\r')
      await asking.prints('again')
      asking.write(`${second}\r`)
      return asking.ended
    }
    const set = await ask('correct horse battery')
    expect(set).toMatchObject({ code: 0, stdout: expect.stringContaining('has this password') })
    const other = await ask('correct horse staple')
    expect(other.code).not.toBe(0)
    for (const { stdout } of [set, other]) expect(stdout).not.toMatch(/horse/)
  })

  it('tail begins with the last ten events, and -n counts those that --grep shows', async () => {
    const tail = onTerminal('tail shop/order/')
    await tail.prints('shop/order/39')
    const shown = () => tail.stdout.match(/shop\/order\/\d+/g)
    expect(shown()).toEqual(Array.from({ length: 10 }, (_, n) => `shop/order/${30 + n}`))
    await hub.tocsin(['fire', 'shop/order/40', '{}'])
    await tail.prints('shop/order/40')
    tail.write('\x03')
    await tail.ended
    const { stdout } = await hub.tocsin([
      'read',
      'shop/order/',
      '-n',
      '3',
      '--grep',
      'order/.$',
      '--fields',
      'tag',
    ])
    expect(stdout).toBe('shop/order/7\nshop/order/8\nshop/order/9\n')
  })

  it('a person is told why nothing is shown, a program is not', async () => {
    const tail = onTerminal('tail nothing/')
    await tail.prints(/waiting; (at least )?\d+ events in the log, none of them matches/)
    tail.write('\x03')
    await tail.ended
    const misspelt = onTerminal(`tail shop/order/ --where "data.evill = 'x'"`)
    await misspelt.prints(/none of the \d+ events has data\.evill; did you mean data\.evil\?/)
    misspelt.write('\x03')
    await misspelt.ended
    const read = async (words: string) => (await onTerminal(`read ${words} --no-pager`).ended).stdout
    expect(await read('nothing/')).toMatch(/no event matches; the log has \d+ since \d{4}-/)
    expect(await read('nothing/ --from -1m')).toContain('no event matches in this range')
    expect(await read('shop/order/ --count 1 --fields nosuch')).toMatch(
      /none of 1 event has the field nosuch; the last one has data.n/,
    )
    expect(await hub.tocsin(['read', 'nothing/'])).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })

  it('tail reports when it is live, and ends on Ctrl-C', async () => {
    const tail = onTerminal('tail shop/ --from start')
    await tail.prints('tocsin: live: from here on')
    tail.write('\x03')
    expect((await tail.ended).code).toBe(130)
  })
})

describe('a command that removes something', () => {
  it('says what will be lost and asks, and changes nothing without a yes', async () => {
    await hub.tocsin(['consumers', 'add', 'billing', 'shop/', '--from', 'start'])
    const remove = async (answer: string) => {
      const asking = onTerminal('consumers remove billing')
      await asking.prints(/removes the consumer billing, its position \S+ with 4\d events to come/)
      await asking.prints('Go on? [y/N]')
      asking.write(`${answer}\r`)
      return asking.ended
    }
    const kept = await remove('')
    expect(kept).toMatchObject({ code: 1, stdout: expect.stringContaining('nothing was changed') })
    const seek = onTerminal('consumers seek billing now')
    await seek.prints(/billing would go from \S+ to \S+: 0 events to deliver/)
    seek.write('\x03')
    expect((await seek.ended).code).toBe(130)
    expect((await hub.tocsin(['consumers', 'show', 'billing'])).stdout).toMatch(/lag +4\d events/)
    expect((await remove('y')).code).toBe(0)
    expect((await hub.tocsin(['consumers', 'show', 'billing'])).code).toBe(4)
  })

  it('asks before a context is removed, and before a bench writes into the log', async () => {
    const env = { XDG_CONFIG_HOME: hub.folder }
    await hub.tocsin(['context', 'add', 'old', '--url', hub.socket], { env })
    const remove = onTerminal('context remove old', { env })
    await remove.prints(/removes the context old: unix:/)
    remove.write('n\r')
    expect((await remove.ended).code).toBe(1)
    expect((await hub.tocsin(['context', 'list'], { env })).stdout).toContain('old')
    expect((await onTerminal('context remove old --yes', { env }).ended).code).toBe(0)

    const bench = onTerminal('bench --log-limit 1MiB')
    await bench.prints(/writes up to \S+ [KM]iB \([\d,]+ events\) below bench\//)
    bench.write('\r')
    expect((await bench.ended).code).toBe(1)
    expect((await hub.tocsin(['read', 'bench/'])).stdout).toBe('')
  })

  it('does not ask with --yes, nor without a terminal', async () => {
    for (const name of ['one', 'two']) await hub.tocsin(['token', 'add', name, '--see', '*'])
    expect((await onTerminal('token remove one --yes').ended).code).toBe(0)
    expect((await hub.tocsin(['token', 'remove', 'two'])).code).toBe(0)
  })
})

describe('tocsin top', () => {
  it('shows the hub, freezes, selects, filters, and restores the terminal', async () => {
    const top = onTerminal('top', { columns: 120, rows: 40 })
    await top.prints('events/s')
    await hub.tocsin(['fire', 'shop/seen', '{"first": 1}'])
    await top.prints('first=1')
    top.write(' ')
    await top.prints('frozen: 0 more since')
    await hub.tocsin(['fire', 'shop/missed', '{"second": 2}'])
    await top.prints('frozen: 1 more since')
    expect(top.stdout).not.toContain('second=2')
    // After the last event on screen, it continues with events from the log.
    top.write('\x1b[F')
    await top.prints(/\x1b\[7m[^\x1b]*shop\/seen/)
    top.write('\x1b[B')
    await top.prints('second=2')
    top.write('\r')
    await top.prints('subject: shop/missed')
    top.write('\r')
    top.write('/')
    await top.prints('filter: ')
    top.write('{"nope"\r')
    await top.prints('not valid JSON')
    top.write('/other/\r')
    await top.prints(/EVENTS {2}other\//)
    await hub.tocsin(['fire', 'other/tag', '{"third": 3}'])
    await top.prints('third=3')
    top.write('q')
    const { code, stdout } = await top.ended
    expect(code).toBe(0)
    expect(stdout.trimEnd().endsWith('\x1b[?25h\x1b[?1049l')).toBe(true)
  })

  it('begins with the last events that match, and filters by the row of tags that is chosen', async () => {
    await hub.tocsin(['fire', 'depot/door/1', '{"open": true}'])
    const top = onTerminal("top 'shop/*' 'depot/*'", { columns: 120, rows: 40 })
    await top.prints('open=true')
    await top.prints(/depot\/door +0 +1\b/)
    top.write('s')
    await top.prints('SEEN▾')
    top.write('s\t')
    await top.prints(/\x1b\[7mdepot\/door/)
    top.write('\r')
    await top.prints(/EVENTS {2}depot\/door/)
    top.write('d')
    await top.prints('there is no earlier event of its kind')
    top.write('y')
    await top.prints(/\x1b\]52;c;[A-Za-z0-9+/=]+\x07/)
    await top.prints(/copied: tocsin read --from @\d+ --count 1 --format yaml/)
    top.write('?')
    await top.prints('compare it with the previous event of its kind')
    top.write('q')
    expect((await top.ended).code).toBe(0)
  })

  it('ends with 130 on Ctrl-C, and restores the terminal', async () => {
    const top = onTerminal('top')
    await top.prints('events/s')
    top.write('\x03')
    const { code, stdout } = await top.ended
    expect(code).toBe(130)
    expect(stdout).toContain('\x1b[?1049l')
  })

  it('ends with 3 without a hub, and does not change the terminal', async () => {
    const { code, stdout } = await onTerminal('top', { env: { TOCSIN_URL: '/nowhere/at-all.sock' } }).ended
    expect(code).toBe(3)
    expect(stdout).not.toContain('\x1b[?1049h')
  })
})

describe('tocsin serve', () => {
  it('shows a line for each event', async () => {
    const serve = onTerminal(`serve --memory --no-sources --socket ${hub.folder}/second.sock`)
    await serve.prints('hub/started')
    serve.write('\x03')
    expect((await serve.ended).code).toBe(130)
  })
})
