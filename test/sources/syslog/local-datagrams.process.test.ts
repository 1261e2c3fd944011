import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { DATAGRAM_READER } from '../../../src/sources/syslog/datagram-reader.js'
import { LocalDatagrams } from '../../../src/sources/syslog/local-datagrams.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { SyslogHarness } from './harness.js'
import { fillLocal, leaveSocket, readElsewhere, readersOf, sendLocal } from './local-sender.js'

const SIGKILL = 'SIGKILL'
const UNREAD = 'no program read the socket of datagrams'
let syslog: SyslogHarness
let datagrams: string
beforeEach(() => {
  syslog = new SyslogHarness()
  datagrams = syslog.path('log')
})
afterEach(() => syslog.close())

const isRefused = (why: string) =>
  syslog.until(() => syslog.runner.status().reason?.includes(`${datagrams}: ${why}`) === true)

describe('a local program', () => {
  it('sends datagrams as to /dev/log, and every user may', async () => {
    await syslog.start({ datagrams })
    expect(statSync(datagrams).mode & 0o777).toBe(0o666)
    await syslog.logger('-d', '-u', datagrams, '-t', 'demo', '-p', 'auth.err', '-i', 'over datagrams')
    await syslog.until(() => syslog.messages.length === 1)
    expect(syslog.messages).toMatchObject([
      {
        app: 'demo',
        pid: expect.stringMatching(/^\d+$/),
        facility: 'auth',
        severity: 'err',
        message: 'over datagrams',
        transport: 'unix',
        format: 'rfc3164',
      },
    ])
    expect(syslog.messages[0].malformed).toBeUndefined()
    expect(syslog.host.events.map(({ tag }) => tag)).toContain('syslog/t/-/demo')
    expect(syslog.details).toMatchObject({ listeners: [`datagrams ${datagrams}`] })
  })

  it('may write without the permission to connect, unless the configuration says otherwise', async () => {
    const unix = syslog.path('stream')
    const modes = () => [unix, datagrams].map((path) => statSync(path).mode & 0o777)
    await syslog.start({ unix, datagrams })
    expect(modes()).toEqual([0o660, 0o666])
    await syslog.close()
    await syslog.start({ unix, datagrams, unixMode: '0620' })
    expect(modes()).toEqual([0o620, 0o620])
  })

  it('ends a message as its C library does, or sends none', async () => {
    await syslog.start({ datagrams, maxMessage: '1KiB' })
    await sendLocal(
      datagrams,
      '<30>Nov 28 04:00:00 glibc[12]: a\nb',
      '',
      '<30>Nov 28 04:00:00 musl[12]: text\n',
      '\n\0\n',
      '<30>Nov 28 04:00:00 older[12]: text\n\0',
      '12 no priority\nat all',
      Buffer.from([0xff, 0, 0xfe]),
    )
    await syslog.until(() => syslog.messages.length === 5)
    expect(syslog.texts.slice(0, 4)).toEqual(['a\nb', 'text', 'text', '12 no priority\nat all'])
    expect(syslog.messages.map(({ app }) => app).slice(0, 3)).toEqual(['glibc', 'musl', 'older'])
    expect(syslog.messages[4]).toMatchObject({ bytes: Uint8Array.of(0xff, 0, 0xfe) })
    expect(syslog.messages.some((each) => 'cut' in each)).toBe(false)
  })

  it('may send as much as the kernel lets it, of which the hub takes the beginning', async () => {
    await syslog.start({ datagrams, maxMessage: '1MiB' })
    const long = `<13>big: ${'x'.repeat(200_000)}`
    await sendLocal(datagrams, long, '<13>next: a')
    await syslog.until(() => syslog.messages.length === 2)
    expect(syslog.texts.map(({ length }) => length)).toEqual([200_005, 7])
    await syslog.close()
    await syslog.start({ datagrams, maxMessage: '1KiB' })
    await sendLocal(datagrams, long, '<13>next: b')
    await syslog.until(() => syslog.messages.length === 4)
    expect(syslog.messages.slice(2)).toMatchObject([{ cut: long.length }, { message: 'next: b' }])
  })

  it('waits while the hub accepts no events, and nothing is lost or out of order', async () => {
    await syslog.start({ datagrams })
    syslog.host.full = true
    const count = 10_000
    const padding = 'x'.repeat(250)
    let isSent = false
    const sending = sendLocal(datagrams, ...Array.from({ length: count }, (_, i) => `<13>t: ${i} ${padding}`))
    void sending.then(() => (isSent = true))
    await syslog.until(() => bytesWritten(readersOf(datagrams)[0]) > 50_000)
    expect(isSent).toBe(false)
    expect(syslog.messages).toEqual([])
    syslog.host.full = false
    await syslog.until(() => syslog.messages.length >= count)
    await sending
    expect(syslog.texts.every((text, i) => text.startsWith(`t: ${i} `))).toBe(true)
    expect(syslog.texts).toHaveLength(count)
    expect(syslog.gaps).toEqual([])
  })
})

describe('a stop', () => {
  it('takes everything that programs have sent', async () => {
    await syslog.start({ datagrams })
    syslog.host.full = true
    const sent = await fillLocal(datagrams)
    syslog.host.full = false
    await syslog.close()
    expect(syslog.texts).toEqual(Array.from({ length: sent }, (_, i) => `t: ${i}`))
    expect(syslog.gaps).toEqual([])
    expect(readersOf(datagrams)).toEqual([])
    expect(existsSync(datagrams)).toBe(false)
  })

  it('ends although programs send on, and these learn that no more is taken', async () => {
    await syslog.start({ datagrams })
    const sending = Promise.allSettled([fillLocal(datagrams), fillLocal(datagrams)])
    await syslog.until(() => syslog.messages.length > 100)
    await syslog.close()
    const counts = (await sending).map((each) => (each.status === 'fulfilled' ? each.value : 0))
    expect(syslog.texts).toHaveLength(counts[0] + counts[1])
    expect(syslog.gaps).toEqual([])
  })

  it('says that messages may be missing if the hub does not take them in time', async () => {
    await syslog.start({ datagrams })
    syslog.host.full = true
    await fillLocal(datagrams)
    await syslog.close()
    expect(readersOf(datagrams)).toEqual([])
    syslog.host.full = false
    await syslog.start({ datagrams })
    await syslog.until(() => syslog.gaps.length > 0)
    expect(syslog.gaps).toMatchObject([
      { count: null, reason: 'the source was stopped before the hub took all datagrams' },
    ])
    expect(syslog.texts).toEqual([])
  })
})

function bytesWritten(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}

/** A program in place of the reader, which complains and goes on when its socket has its mode. */
const STAND_IN = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o600)
print("bound\\na complaint", file=sys.stderr, flush=True)
while os.stat(sys.argv[1]).st_mode & 0o777 != 0o666: pass
`
const unused = { mode: 0o666, maxMessage: 1024, runtime: realRuntime, take: () => true }

function secondsOf(gap: Record<string, unknown> | undefined): number {
  return (Date.parse(String(gap?.to)) - Date.parse(String(gap?.from))) / 1000
}

describe('the reader', () => {
  it('is started again when somebody has killed it, and what may be lost is said', async () => {
    await syslog.start({ datagrams })
    await sendLocal(datagrams, '<13>t: before')
    await syslog.until(() => syslog.messages.length === 1)
    process.kill(readersOf(datagrams)[0], SIGKILL)
    await syslog.until(() => syslog.runner.status().restarts === 1)
    await syslog.until(() => syslog.runner.status().state === 'up')
    await sendLocal(datagrams, '<13>t: after')
    await syslog.until(() => syslog.messages.length === 2)
    expect(syslog.texts).toEqual(['t: before', 't: after'])
    expect(readersOf(datagrams)).toHaveLength(1)
    await syslog.until(() => syslog.gaps.length === 2)
    expect(syslog.gaps).toMatchObject([
      { count: null, reason: 'the reader of datagrams ended with SIGKILL' },
      { count: null, reason: UNREAD, from: syslog.gaps[0].from },
    ])
    expect(secondsOf(syslog.gaps[1])).toBeGreaterThan(0.5)
  })

  it('that somebody has killed while the hub is full is said at once, and the gap begins then', async () => {
    await syslog.start({ datagrams })
    syslog.host.full = true
    await fillLocal(datagrams)
    process.kill(readersOf(datagrams)[0], SIGKILL)
    await syslog.until(() => syslog.runner.status().health?.state === 'degraded')
    expect(syslog.runner.status()).toMatchObject({
      state: 'up',
      health: { reason: 'the reader of datagrams ended with SIGKILL' },
    })
    const killed = realRuntime.now()
    syslog.host.full = false
    await syslog.until(() => syslog.gaps.length === 1)
    expect(Date.parse(String(syslog.gaps[0].from)) * 1000).toBeLessThanOrEqual(killed)
    expect(syslog.texts[0]).toBe('t: 0')
  })

  it('leaves its end to its input, whichever signals the processes of the hub get', async () => {
    await syslog.start({ datagrams })
    const [reader] = readersOf(datagrams)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.kill(reader, signal)
    await sendLocal(datagrams, '<13>t: a')
    await syslog.until(() => syslog.messages.length === 1)
    expect(readersOf(datagrams)).toEqual([reader])
  })

  it('says itself why it has failed, and nothing about the signal that has ended it', async () => {
    const endOf = async (script: string) => {
      const perl = syslog.path('perl')
      writeFileSync(perl, `#!/bin/sh\nexec python3 -c "$(cat <<'END'\n${STAND_IN}${script}\nEND\n)" "$3"\n`)
      chmodSync(perl, 0o755)
      return await new Promise<Error>((failed, rejected) => {
        const local = new LocalDatagrams({ ...unused, path: datagrams, perl, failed })
        local.listen().catch(rejected)
      })
    }
    expect(await endOf('sys.exit(3)')).toMatchObject({ message: 'a complaint' })
    expect(await endOf('')).toMatchObject({ message: 'the reader of datagrams ended with code 0' })
    const killed = { message: 'the reader of datagrams ended with SIGKILL' }
    expect(await endOf('os.kill(os.getpid(), 9)')).toMatchObject(killed)
  })

  it('ends with the source, and takes its socket along', async () => {
    await syslog.start({ datagrams })
    await syslog.close()
    expect(readersOf(datagrams)).toEqual([])
    expect(existsSync(datagrams)).toBe(false)
    expect(syslog.gaps).toEqual([])
  })

  it('ends with its input, and leaves what others have put in the place of its socket', async () => {
    const end = async (meanwhile: () => void) => {
      const reader = spawn('perl', ['-e', DATAGRAM_READER, datagrams])
      await once(reader.stderr, 'data')
      meanwhile()
      reader.stdin.end()
      expect(await once(reader, 'exit')).toEqual([0, null])
    }
    await end(() => expect(existsSync(datagrams)).toBe(true))
    expect(existsSync(datagrams)).toBe(false)
    await end(() => {
      renameSync(datagrams, syslog.path('away'))
      writeFileSync(datagrams, 'of somebody else')
    })
    expect(readFileSync(datagrams, 'utf8')).toBe('of somebody else')
  })

  it('is not needed by a source without datagrams, and its absence says what to install', async () => {
    const local = new LocalDatagrams({
      ...unused,
      path: datagrams,
      perl: 'no-such-perl',
      failed: () => undefined,
    })
    await expect(local.listen()).rejects.toThrow('the program perl is missing: install the package perl-base')
  })
})

describe('a path', () => {
  it('with a socket that a killed reader has left is taken', async () => {
    await leaveSocket(datagrams)
    await syslog.start({ datagrams })
    await sendLocal(datagrams, '<13>t: a')
    await syslog.until(() => syslog.messages.length === 1)
  })

  it('whose socket another program reads is refused, until that has ended', async () => {
    const end = await readElsewhere(datagrams)
    syslog.launch({ datagrams })
    await isRefused('another program reads it; if that is journald, use the source journal instead')
    end()
    await syslog.until(() => syslog.runner.status().state === 'up')
  })

  it('at which another program accepts connections is refused', async () => {
    const server = createServer().listen(datagrams)
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    syslog.launch({ datagrams })
    await isRefused('another program reads it')
  })

  it('of a link or another file is refused, and stays', async () => {
    const target = syslog.path('dev-log')
    await leaveSocket(target)
    symlinkSync(target, datagrams)
    syslog.launch({ datagrams })
    await isRefused(`it is a link to ${target}; where journald has made it, use the source journal instead`)
    await syslog.close()
    expect(existsSync(target)).toBe(true)
    datagrams = syslog.path('nowhere')
    symlinkSync('/run/missing/dev-log', datagrams)
    syslog.launch({ datagrams })
    await isRefused('it is a link to /run/missing/dev-log')
    await syslog.close()
    datagrams = syslog.path('file')
    writeFileSync(datagrams, 'kept')
    syslog.launch({ datagrams })
    await isRefused('a file that is no socket is there: move it away')
    expect(readFileSync(datagrams, 'utf8')).toBe('kept')
  })

  it('in a folder in which others can exchange the socket is refused', async () => {
    const folder = syslog.path('open')
    mkdirSync(folder)
    chmodSync(folder, 0o777)
    datagrams = join(folder, 'log')
    syslog.launch({ datagrams })
    await isRefused(`the folder ${folder} on the way to ${datagrams} can be written by everybody`)
  })

  it('that is too long, or in no folder, is refused', async () => {
    datagrams = syslog.path('x'.repeat(100))
    syslog.launch({ datagrams })
    await isRefused('the path of a socket has at most 107 bytes')
    await syslog.close()
    datagrams = syslog.path('missing/log')
    syslog.launch({ datagrams })
    await isRefused('ENOENT')
    expect(syslog.gaps).toEqual([])
  })
})
